:- module(engine,
          [ ask/3                   % +Question, +Text, -Answer
          ]).

/** <module> Loads the rules, and judges comments by them

A comment comes in as a string: its first two characters say which context rules and which rules for
a level are in question (`plan`), each of the others is a _token_, a mention; `token` has told before
which concepts and which gap a token stands for. Comments of one batch come in one string, separated
by newlines, and their verdicts go out likewise: nothing that someone wrote ever becomes Prolog
source, and no atom is made for it.

Every comment is judged under a limit of inferences and of memory. One that exceeds either gets the
verdict `!`.

Records that cross to the caller have their fields separated by the ASCII unit separator and end
with the record separator.

@see  reading.pl, compiler.pl and interest.pl for how rules get into rulebase.pl
*/

:- encoding(utf8).
:- set_prolog_flag(encoding, utf8).     % so are the rule files, whatever the locale
:- set_prolog_flag(optimise, true).
:- set_prolog_flag(stack_limit, 268 435 456).   % bytes; a comment of 100,000 characters takes a tenth

:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(compiler).
:- use_module(derivation).
:- use_module(dominance).
:- use_module(interest).
:- use_module(reading).
:- use_module(rulebase).

:- multifile user:file_search_path/2.
:- dynamic   user:file_search_path/2.

%   Rule files name the notation as treehole(notation).

user:file_search_path(treehole, Folder) :-
    module_property(engine, file(File)),
    file_directory_name(File, Folder).

:- dynamic
    plan/2,                 % Code, Rules: a list of Rule-Clauses
    token/7,                % Code, Concepts0, Concepts1, Concepts2, Concepts3, Gap, Final
    inference_limit/1.      % Inferences


		 /*******************************
		 *          QUESTIONS           *
		 *******************************/

%!  ask(+Question:string, +Text:string, -Answer:string) is det.
%
%   The one door for the caller. Answer is `=` and the answer, or `!` and what went wrong.
%
%     | `version`  | the version of SWI-Prolog, as a number                                 |
%     | `load`     | load the folder Text, in place of what was loaded; records of problems: kind, file, line, text |
%     | `concepts` | records of the concepts that rules speak of: name, ontology, bit, `kinds` or nothing, file, line |
%     | `rules`    | records of the rules: number, id, risk, sentence, file, line           |
%     | `clauses`  | records of their clauses: number of the rule, `risk` or the reason, needs, speaks, targets, measures: bits separated by commas, groups of them by semicolons, alternatives of these by bars |
%     | `examples` | records of their examples: number, `holds` or `fails`, comment         |
%     | `outdone`  | Text: the numbers of rules, separated by spaces, then lines for teach_signatures/1; records of those that can never win: number, number of one above |
%     | `learn`    | lines `limit N`, which begins anew, `kinds name ontology mask mask mask mask`, `token code mask mask mask mask gap final`, `plan code rules`, these as `rule:clause:clause,rule:clause` |
%     | `judge`    | a line a comment in, a line of verdict a comment out                   |
%     | `derive`   | lines on one comment and what the rules said of it, see derivations/3; records of the derivations |

ask(Question, Text, Answer) :-
    catch(( with_output_to(string(Answer0), answer(Question, Text)),
            string_concat("=", Answer0, Answer)
          ),
          Error,
          ( message_to_string(Error, Message),
            string_concat("!", Message, Answer)
          )),
    !.
ask(Question, _, Answer) :-
    string_concat("!no answer to ", Question, Answer).

message_to_string(Error, Text) :-
    with_output_to(string(Text),
                   ( phrase('$messages':translate_message(Error), Lines),
                     current_output(Out),
                     print_message_lines(Out, '', Lines)
                   )).

answer("version", _) :-
    current_prolog_flag(version, Version),
    write(Version).
answer("load", Folder) :-
    forget_taught,
    load_rules(Folder),
    compile_rules,
    forall(problem(Kind, File:Line, Text), record([Kind, File, Line, Text])).
answer("concepts", _) :-
    forall(concept(Name, Ontology, Bit, File:Line),
           ( (   told_apart(Bit)
             ->  Kinds = kinds
             ;   Kinds = ''
             ),
             record([Name, Ontology, Bit, Kinds, File, Line])
           )).
answer("rules", _) :-
    forall(rule(Number, Id, Risk, Sentence, _, File:Line),
           record([Number, Id, Risk, Sentence, File, Line])).
answer("clauses", _) :-
    forall(normal(_, Number, Role, Literals), clause_record(Number, Role, Literals)).
answer("examples", _) :-
    forall(( rule(Number, _, _, _, Holds-Fails, _),
             member(Expected-Comments, [holds-Holds, fails-Fails]),
             member(Comment, Comments)
           ),
           record([Number, Expected, Comment])).
answer("outdone", Text) :-
    split_string(Text, "\n", "", [Numbers0|Signatures]),
    split_string(Numbers0, " ", " ", Numbers),
    teach_signatures(Signatures),
    forall(( member(Number0, Numbers), number_string(Number, Number0), outdone(Number, By) ),
           record([Number, By])).
answer("learn", Text) :-
    split_string(Text, "\n", "", Lines),
    maplist(learn, Lines).
answer("judge", Text) :-
    inference_limit(Limit),
    split_string(Text, "\n", "", Lines),
    forall(member(Line, Lines), ( judge_line(Line, Limit), nl )).
answer("derive", Text) :-
    inference_limit(Limit),
    split_string(Text, "\n", "", Lines),
    derivations(Lines, Limit, Records),
    maplist(record, Records).

told_apart(Bit) :-
    normal(_, _, _, Literals),
    speaks(Literals, Bits),
    atom_concat(k, Bit, Kinds),
    memberchk(Kinds, Bits),
    !.                                  % one use is enough

clause_record(Number, Role0, Literals) :-
    needs(Literals, Alternatives),
    speaks(Literals, Speaks),
    measures(Literals, Measures),
    (   Role0 = context(Role, _, Mention)
    ->  targets(Literals, Mention, Targets)
    ;   Role = risk,
        Targets = []
    ),
    maplist(spell_groups, Alternatives, Spelled),
    atomic_list_concat(Spelled, '|', NeedsText),
    atomic_list_concat(Speaks, ',', SpeaksText),
    atomic_list_concat(Targets, ',', TargetsText),
    atomic_list_concat(Measures, ',', MeasuresText),
    record([Number, Role, NeedsText, SpeaksText, TargetsText, MeasuresText]).

spell_groups(Groups, Text) :-
    maplist([Group, GroupText]>>
                ( maplist([Bit, BitText]>>term_to_atom(Bit, BitText), Group, Bits),
                  atomic_list_concat(Bits, ',', GroupText)
                ),
            Groups, GroupTexts),
    atomic_list_concat(GroupTexts, ';', Text).

record(Fields) :-
    atomic_list_concat(Fields, '\x1f\', Text),
    write(Text),
    put_char('\x1e\').

%   learn(+Line): what Line says about the knowledge. Lines are the caller's own, never a writer's.

learn(Line) :-
    split_string(Line, " ", "", [Kind|Fields]),
    learn(Kind, Fields).

learn("limit", [Limit0]) :-
    number_string(Limit, Limit0),
    forget_taught,
    assertz(inference_limit(Limit)).
learn("kinds", [Name0, Ontology0|Masks0]) :-
    atom_string(Name, Name0),
    atom_string(Ontology, Ontology0),
    maplist([Text, Mask]>>number_string(Mask, Text), Masks0, [M0, M1, M2, M3]),
    add(kinds(Name, Ontology, M0, M1, M2, M3)).
learn("token", Fields) :-
    maplist([Text, Number]>>number_string(Number, Text), Fields, [Code, C0, C1, C2, C3, Gap, Final]),
    assertz(token(Code, C0, C1, C2, C3, Gap, Final)).
learn("plan", [Code0, Rules0]) :-
    number_string(Code, Code0),
    rules_and_clauses(Rules0, Rules),
    assertz(plan(Code, Rules)).

%   forget_taught: what a judge taught is of no use to another, nor for other rules.

forget_taught :-
    retractall(inference_limit(_)),
    retractall(kinds(_, _, _, _, _, _)),
    retractall(token(_, _, _, _, _, _, _)),
    retractall(plan(_, _)).

rules_and_clauses("", []) :-
    !.
rules_and_clauses(Text, Rules) :-
    split_string(Text, ",", "", Parts),
    maplist(rule_and_clauses, Parts, Rules).

rule_and_clauses(Text, Number-Clauses) :-
    split_string(Text, ":", "", Parts),
    maplist([Part, N]>>number_string(N, Part), Parts, [Number|Clauses]).


		 /*******************************
		 *           JUDGING            *
		 *******************************/

%   judge_line(+Line:string, +Limit): write the verdict on one comment:
%
%       Rule:Mention,Mention;Rule:Mention|Rule:Cue:Mention;…
%
%   the rules that hold, each with its evidence, then what was ruled out, by which rule and cue.

judge_line(Line, Limit) :-
    catch(call_with_inference_limit(judge(Line, Held, Out), Limit, Outcome),
          error(resource_error(_), _),
          Outcome = inference_limit_exceeded),
    (   Outcome == inference_limit_exceeded
    ->  put_char(!)
    ;   write_list(Held, write_held),
        put_char('|'),
        write_list(Out, write_out)
    ).

judge(Line, Held, Out) :-
    string_codes(Line, [ContextPlan, RiskPlan|Codes]),
    plan(ContextPlan, Contexts),
    plan(RiskPlan, Risks),
    mentions(Codes, 0, Mentions0),
    rule_out(Contexts, Mentions0, Mentions, Out),
    findall(Number-Evidence,
            ( member(Number-Clauses, Risks),
              once(( member(Clause, Clauses), gives(Clause, Evidence, Mentions) ))
            ),
            Held).

mentions([], _, []).
mentions([Code|Codes], Index, [mention(Index, C0, C1, C2, C3, Gap, Final, live)|Mentions]) :-
    token(Code, C0, C1, C2, C3, Gap, Final),
    Index1 is Index + 1,
    mentions(Codes, Index1, Mentions).

%   rule_out(+Contexts, +Mentions0, -Mentions, -Out): try the context rules one after the other, each
%   at every mention, and mark what they rule out.

rule_out([], Mentions, Mentions, []).
rule_out([Number-Clauses|Contexts], Mentions0, Mentions, Out) :-
    findall(out(Mention, Number, Cue, Reason),
            ( member(Clause, Clauses),
              rules_out(Clause, Reason, Cue, Mention, Mentions0)
            ),
            Found),
    (   Found == []
    ->  rule_out(Contexts, Mentions0, Mentions, Out)
    ;   sort(1, @<, Found, Once),       % one cue a mention, the first
        mark(Mentions0, Once, Mentions1),
        append(Once, Out1, Out),
        rule_out(Contexts, Mentions1, Mentions, Out1)
    ).

mark([], _, []).
mark([M0|Ms0], Out0, [M|Ms]) :-
    (   Out0 = [out(Index, _, _, Reason)|Out],
        M0 = mention(Index, C0, C1, C2, C3, Gap, Final, _)
    ->  M = mention(Index, C0, C1, C2, C3, Gap, Final, Reason)
    ;   M = M0,
        Out = Out0
    ),
    mark(Ms0, Out, Ms).

write_held(Number-Evidence) :-
    write(Number),
    put_char(:),
    atomic_list_concat(Evidence, ',', Text),
    write(Text).

write_out(out(Mention, Number, Cue, _)) :-
    format("~d:~d:~d", [Number, Cue, Mention]).

write_list([], _).
write_list([X|Xs], Write) :-
    call(Write, X),
    forall(member(Y, Xs), ( put_char(;), call(Write, Y) )).
