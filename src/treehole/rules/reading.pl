:- module(reading,
          [ load_rules/1            % +Folder
          ]).

/** <module> Reads rule files

Rule files are plain Prolog modules in the notation of notation.pl. Their grammar rules become
ordinary predicates, for interactive use and for tests; and they are kept as written in
rulebase.pl, for the compiler.
*/

:- use_module(library(apply)).
:- use_module(library(filesex)).
:- use_module(library(lists)).
:- use_module(library(yall)).
:- use_module(notation).
:- use_module(rulebase).

:- dynamic
    loaded/1.               % File

%!  load_rules(+Folder) is det.
%
%   Load every `*.pl` of Folder, in the order of their names, in place of those loaded before;
%   problem/3 tells what is wrong.

load_rules(Folder0) :-
    forall(retract(loaded(File)), unload_file(File)),
    forget,
    absolute_file_name(Folder0, Folder),
    directory_files(Folder, Names0),
    include([Name]>>file_name_extension(_, pl, Name), Names0, Names),
    maplist(directory_file_path(Folder), Names, Files0),
    msort(Files0, Files),
    forall(member(File, Files), assertz(loaded(File))),
    setup_call_cleanup(
        asserta((user:message_hook(Message, Kind, Lines) :-
                     reading:note_problem(Message, Kind, Lines)), Ref),
        maplist(load_rule_file, Files),
        erase(Ref)).

load_rule_file(File) :-
    been_read(File),                    % by another that uses it
    !.
load_rule_file(File) :-
    catch(load_files(File, [if(true), imports([])]), Error,
          print_message(error, Error)).

been_read(File) :- rule(_, _, _, _, _, File:_), !.
been_read(File) :- part(_, _, _, File:_), !.

%   note_problem(+Message, +Kind, +Lines) is semidet.
%
%   Keep what the loader has to say, in place of printing it.

note_problem(Message, Kind, Lines) :-
    memberchk(Kind, [error, warning]),
    message_place(Message, Place),
    message_text(Lines, Text),
    add(problem(Kind, Place, Text)).

message_place(error(_, file(File, Line, _, _)), File:Line) :- integer(Line), !.
message_place(error(_, stream(_, Line, _, _)), File:Line) :-
    integer(Line),
    prolog_load_context(source, File),
    !.
message_place(_, File:Line) :-
    source_location(File, Line),
    !.
message_place(_, File:0) :-
    prolog_load_context(source, File),
    !.
message_place(_, '':0).

message_text(Lines, Text) :-
    with_output_to(string(Text0),
                   ( current_output(Out),
                     print_message_lines(Out, '', Lines)
                   )),
    split_string(Text0, "\n", " \t\r", Parts),
    exclude(==(""), Parts, Clean),
    atomic_list_concat(Clean, ' ', Text).

%   expand(+Term, +Module, +Place, -Clauses) is semidet.
%
%   Keep a fact rule/4 or a grammar rule. The fact before a statement//1 or ruledOut//3 says which
%   rule it is a clause of; other grammar rules are parts that rules share.

expand(rule(Id0, says(Sentence0), holds(Holds0), fails(Fails0)), _, Place, []) :-
    (   fact_fault(Id0, Sentence0, Holds0, Fails0, Fault)
    ->  add(problem(error, Place, Fault)),
        term_to_atom(Id0, Id),
        Sentence = '',
        Examples = []-[]
    ;   Id = Id0,
        Sentence = Sentence0,
        Examples = Holds0-Fails0
    ),
    (   rule(_, Id, _, _, _, Other)
    ->  format(string(Text), "the rule ~q stands already at ~w", [Id, Other]),
        add(problem(error, Place, Text))
    ;   true
    ),
    predicate_property(rule(_, _, _, _, _, _), number_of_clauses(Number)),
    add(rule(Number, Id, unknown, Sentence, Examples, Place)).
expand(Fact, _, Place, []) :-
    functor(Fact, rule, _),
    add(problem(error, Place, "the fact of a rule is written rule(Id, says …, holds […], fails […])")).
expand((Head --> Body), Module, Place, Clauses) :-
    dcg_translate_rule((Head --> Body), Clause),
    (   head_risk(Head, _)              % each rule has clauses of these, with facts in between
    ->  functor(Head, Name, Arity0),
        Arity is Arity0 + 2,
        Clauses = [(:- discontiguous Name/Arity), Clause]
    ;   Clauses = [Clause]
    ),
    keep(Head, Body, Module, Place).

%   fact_fault(+Id, +Sentence, +Holds, +Fails, -Text) is nondet: what is wrong with a fact rule/4.

fact_fault(Id, _, _, _, "the identifier of a rule is a name") :-
    \+ atom(Id).
fact_fault(_, Sentence, _, _, "what a rule says is a text in quotes") :-
    \+ plain_text(Sentence).
fact_fault(_, _, Holds, Fails, Text) :-
    member(Role-Comments, [(holds)-Holds, (fails)-Fails]),     % both are operators
    \+ ( is_list(Comments), forall(member(Comment, Comments), plain_text(Comment)) ),
    format(string(Text), "after ~w stands a list of comments: ['…', '…']", [Role]).

%   plain_text(@Text) is semidet: text without the characters that separate records.

plain_text(Text) :-
    (   atom(Text)
    ->  true
    ;   string(Text)
    ),
    \+ sub_atom(Text, _, 1, _, '\x1e\'),
    \+ sub_atom(Text, _, 1, _, '\x1f\').

keep(Head, Body, Module, Place) :-
    head_risk(Head, Risk),
    !,
    fits(Head, Risk, Place),
    (   misread(Place)                  % whose fact came last is not known
    ->  true
    ;   last_rule(Place, Number)
    ->  agree(Number, Risk, Place),
        predicate_property(clause_of(_, _, _, _, _, _), number_of_clauses(Clause)),
        add(clause_of(Clause, Number, Head, Body, Module, Place))
    ;   add(problem(error, Place, "a fact rule(Id, says …, holds […], fails […]) must stand before this"))
    ).
keep(Head, _, _, Place) :-
    functor(Head, Name, _),
    memberchk(Name-Form, [statement-"statement(suicideRisk(Level, [Mention, …]))",
                          ruledOut-"ruledOut(Reason, Cue, Mention)"]),
    !,
    format(string(Text), "the first line of a rule is written ~w -->", [Form]),
    add(problem(error, Place, Text)).
keep(Head, Body, Module, Place) :-
    add(part(Module, Head, Body, Place)).

head_risk(statement(suicideRisk(Level, _)), Level).
head_risk(ruledOut(Reason, _, _), Reason).

%   fits(+Head, +Risk, +Place): a level is a number from 1 to 10, a reason is a name.

fits(statement(_), Risk, _) :-
    integer(Risk),
    between(1, 10, Risk),
    !.
fits(ruledOut(_, _, _), Risk, _) :-
    atom(Risk),
    \+ memberchk(Risk, [live, risk, unknown]),
    !.                                  % these mean something else
fits(statement(_), Risk, Place) :-
    !,
    format(string(Text), "~p is no level; levels are 1 to 10", [Risk]),
    add(problem(error, Place, Text)).
fits(_, Risk, Place) :-
    format(string(Text), "~p cannot be a reason", [Risk]),
    add(problem(error, Place, Text)).

%   misread(+Place) is semidet: there is an error between Place and the last fact before it, which
%   says enough; what follows from it is not told.

misread(File:_) :-
    problem(error, File:Wrong, _),
    \+ ( rule(_, _, _, _, _, File:Line), Line > Wrong ),
    !.

%   last_rule(+Place, -Number) is semidet: the rule whose fact stands last in the file, so far.

last_rule(File:_, Number) :-
    findall(N, rule(N, _, _, _, _, File:_), Numbers),
    last(Numbers, Number).

%   agree(+Number, +Risk, +Place): all clauses of a rule are of one level or reason.

agree(Number, Risk, Place) :-
    rule(Number, Id, Known, _, _, _),
    (   Known == Risk
    ->  true
    ;   Known == unknown
    ->  set_risk(Number, Risk)
    ;   format(string(Text), "the rule ~q is of ~w above and of ~w here", [Id, Known, Risk]),
        add(problem(error, Place, Text))
    ).


		 /*******************************
		 *            HOOK              *
		 *******************************/

%   A file is one of rules if its module uses the notation. Last in this file, so that it does not
%   meet the file's own clauses half-loaded.

:- multifile user:term_expansion/2.
:- dynamic   user:term_expansion/2.

user:term_expansion(Term, Clauses) :-
    prolog_load_context(module, Module),
    \+ memberchk(Module, [engine, compiler, interest, notation, reading, rulebase, user]),
    predicate_property(Module:rdfsSubclassOf(_, _, _, _, _), imported_from(notation)),
    source_location(File, Line),
    expand(Term, Module, File:Line, Clauses).
