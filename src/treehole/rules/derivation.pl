:- module(derivation,
          [ derivation/5,           % +Number, +Asked, +Mentions, -Place, -Steps
            derivations/3           % +Lines, +Limit, -Records
          ]).

/** <module> How a rule came to hold

The compiled rules say that a rule holds and of which mentions. Here its clauses are followed as
they are written, with the evidence known, until the first derivation; each nonterminal on the way
is a _step_

    step(Name, From, To, Arguments, Steps)

which took or passed over the mentions From to To - 1. Steps are those below it, of a part that
rules share or of a nonterminal that stands for others; Arguments are

  - for a mention: concept, ontology and, for ruledOutMention//4, the reason
  - for a distance or a condition that names a concept: concept and ontology; for absent//2 and
    atMost//3 then how many mentions there may be, and each that there is
  - for eitherOrder//3: `written` or `turned`
  - for a part: file and line of the clause

@see  notation.pl for what the nonterminals mean, compiler.pl for what judges
*/

:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(yall)).
:- use_module(notation, []).            % not imported: a module that imports it is one of rules
:- use_module(rulebase).

%!  derivation(+Number, +Asked, +Mentions, -Place, -Steps:list) is semidet.
%
%   The first derivation of a rule; Place is that of its clause. Asked is `held(Evidence)` of a rule
%   for a level, `out(Cue, Mention)` of a context rule.

derivation(Number, Asked, Mentions, Place, Steps) :-
    length(Mentions, Count),
    clause_of(_, Number, Head, Body0, Module, Place),
    whole(Asked, Head, Body0, Body),
    (   ends_with_any_text(Body)
    ->  Rest = []
    ;   true
    ),
    steps(Body, in(Module, Count), Mentions, Rest, Steps),
    !.                                  % the first

whole(held(Evidence), statement(suicideRisk(_, Evidence)), Body, Body).
whole(out(Cue, Mention), ruledOut(_, Cue, Mention), Body, (uninterestedText(_), Body)).

ends_with_any_text((_, Body)) :-
    !,
    ends_with_any_text(Body).
ends_with_any_text(uninterestedText(_)).

%   steps(+Body, +Context, +Mentions, ?Rest, -Steps) is nondet.
%
%   Context is in(Module, Count): where Body stands, and how many mentions the comment has.

steps((A, B), In, Ms0, Ms, Steps) :-
    !,
    steps(A, In, Ms0, Ms1, As),
    steps(B, In, Ms1, Ms, Bs),
    append(As, Bs, Steps).
steps((A ; B), In, Ms0, Ms, Steps) :-
    !,
    (   steps(A, In, Ms0, Ms, Steps)
    ;   steps(B, In, Ms0, Ms, Steps)
    ).
steps(Call, In, Ms0, Ms, [step(Name, From, To, Arguments, Steps)]) :-
    functor(Call, Name, _),
    step(Call, In, Ms0, Ms, Arguments, Steps),
    index(Ms0, In, From),
    index(Ms, In, To).

index([], in(_, Count), Count).
index([mention(Index, _, _, _, _, _, _, _)|_], _, Index).

%   step(+Call, +Context, +Mentions, ?Rest, -Arguments, -Steps) is nondet.

step(eitherOrder(A, Between, B), In, Ms0, Ms, [Order], Steps) :-
    !,
    (   Order = written,
        steps((A, Between, B), In, Ms0, Ms, Steps)
    ;   Order = turned,
        steps((B, Between, A), In, Ms0, Ms, Steps)
    ).
step(twoKindsOf(M1, M2, Name, Ontology), In, Ms0, Ms, [Name, Ontology], Steps) :-
    !,
    notation:twoKindsOf(M1, M2, Name, Ontology, Ms0, Ms),
    once(steps(( rdfsSubclassOf(M1, Name, Ontology), sameSentence(_),
                 rdfsSubclassOf(M2, Name, Ontology)
               ), In, Ms0, Ms, Steps)).
step(absent(Name, Ontology), In, Ms0, Ms, Arguments, Steps) :-
    !,
    step(atMost(0, Name, Ontology), In, Ms0, Ms, Arguments, Steps).
step(atMost(Number, Name, Ontology), _, Ms0, Ms, [Name, Ontology, Number|Found], []) :-
    !,
    notation:atMost(Number, Name, Ontology, Ms0, Ms),
    concept_mask(Name, Ontology, Word, Mask),
    findall(Index,
            ( member(Mention, Ms0),
              notation:live_of(Word, Mask, Mention),
              arg(1, Mention, Index)
            ),
            Found).
step(Call, _, Ms0, Ms, Arguments, []) :-
    plain(Call, Arguments),
    !,
    call(notation:Call, Ms0, Ms).
step(Part, in(Module, Count), Ms0, Ms, [File, Line], Steps) :-
    home(Part, Module, Home),
    part(Home, Part, Body, File:Line),
    steps(Body, in(Home, Count), Ms0, Ms, Steps).

%   plain(+Call, -Arguments) is semidet: a nonterminal of the notation that stands for itself.

plain(rdfsSubclassOf(_, Name, Ontology), [Name, Ontology]).
plain(clauseFinal(_, Name, Ontology), [Name, Ontology]).
plain(ruledOutMention(_, Name, Ontology, Reason), [Name, Ontology, Reason]).
plain(sentenceWithout(Name, Ontology), [Name, Ontology]).
plain(clauseWithout(Name, Ontology), [Name, Ontology]).
plain(clauseOpening(Name, Ontology), [Name, Ontology]).
plain(uninterestedText(_), []).
plain(nearbyText(_), []).
plain(sameSentence(_), []).
plain(nextClause(_), []).
plain(sameClause(_), []).
plain(closeText(_), []).
plain(touching, []).

%   home(+Part, +Module, -Home) is semidet: the module whose part is meant in Module.

home(Part, Module, Home) :-
    functor(Part, Name, Arity),
    functor(Head, Name, Arity),
    (   part(Module, Head, _, _)
    ->  Home = Module
    ;   part(Home, Head, _, _)
    ->  true
    ).


		 /*******************************
		 *            LINES             *
		 *******************************/

%!  derivations(+Lines:list(string), +Limit, -Records:list(list)) is det.
%
%   Answer for a comment. Each of Lines is
%
%     - `mention outs mask mask mask mask gap final`: the next mention; outs are the numbers, separated by
%       commas, of the context rules that ruled it out, in order
%     - `held rule mentions`: derive this rule, whose evidence is these, separated by commas
%     - `out rule cue mention`: derive that this context rule ruled out the mention because of cue
%
%   Each of the latter gives a record of 0, file and line of the clause, and then one for each step:
%   depth, name, from, to and arguments. What takes more than Limit inferences gives a record of 0.

derivations(Lines, Limit, Records) :-
    maplist([Line, Fields]>>split_string(Line, " ", "", Fields), Lines, Table),
    findall(Fields, member(["mention"|Fields], Table), Rows),
    foldl([Fields, Marked, I, J]>>( marked(Fields, I, Marked), J is I + 1 ), Rows, Mentions, 0, _),
    findall(Record,
            ( member([Kind|Fields], Table),
              question(Kind, Fields, Number, Before, Asked),
              maplist(as_of(Before), Mentions, Now),
              (   limited(derivation(Number, Asked, Now, Place, Steps), Limit)
              ->  record_of(Place, Steps, Record)
              ;   Record = [0]
              )
            ),
            Records).

marked([Outs0|Fields], Index, marked(Index, C0, C1, C2, C3, Gap, Final, Outs)) :-
    maplist(number_of, Fields, [C0, C1, C2, C3, Gap, Final]),
    numbers(Outs0, Outs).

question("held", [Number0, Evidence0], Number, inf, held(Evidence)) :-
    number_of(Number0, Number),
    numbers(Evidence0, Evidence).
question("out", Fields, Number, Number, out(Cue, Mention)) :-
    maplist(number_of, Fields, [Number, Cue, Mention]).

numbers(Text, Numbers) :-
    split_string(Text, ",", "", Parts0),
    exclude(==(""), Parts0, Parts),
    maplist(number_of, Parts, Numbers).

number_of(Text, Number) :-
    number_string(Number, Text).

%   as_of(+Number, +Marked, -Mention): a mention as it stood when rule Number was tried.

as_of(Number, marked(Index, C0, C1, C2, C3, Gap, Final, Outs),
      mention(Index, C0, C1, C2, C3, Gap, Final, Standing)) :-
    (   findall(Out, ( member(Out, Outs), Out < Number ), Earlier),
        last(Earlier, Last)
    ->  rule(Last, _, Standing, _, _, _)
    ;   Standing = live
    ).

limited(Goal, Limit) :-
    catch(call_with_inference_limit(Goal, Limit, Outcome),
          error(resource_error(_), _),
          fail),
    Outcome \== inference_limit_exceeded.

record_of(File:Line, _, [0, File, Line]).
record_of(_, Steps, Record) :-
    step_record(Steps, 1, Record).

step_record(Steps, Depth, Record) :-
    member(step(Name, From, To, Arguments, Below), Steps),
    (   Record = [Depth, Name, From, To|Arguments]
    ;   Depth1 is Depth + 1,
        step_record(Below, Depth1, Record)
    ).
