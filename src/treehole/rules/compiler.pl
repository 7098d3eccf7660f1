:- module(compiler,
          [ compile_rules/0
          ]).

/** <module> Compiles rules

The grammar rules of notation.pl say what is meant; run as they stand, they spend most of their time
calling small nonterminals and trying alternatives that differ in the concept only. Here each clause
of a rule becomes

 1. a list of _literals_ (normal/4), in which the parts that it calls stand in place of the calls,
    and alternatives that only test one mention for one concept or another are one test:

      - `any(Bits, Mention, Final)`: take a live mention of any of the concepts
      - `out(Bits, Mention, Reason)`: take a mention that was ruled out for Reason
      - `kinds(Bit, Name, Ontology, Mention1, Mention2)`: twoKindsOf//4
      - `avoid(Bit, Word, Mask, Goal)`: a distance that no mention of the concept may lie in
      - `step(Goal)`: any other nonterminal of the notation
      - `or(Alternatives)`: lists of literals

 2. a clause of gives/3 or rules_out/5, which does the same as the grammar rule, only faster.
*/

:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(ordsets)).
:- use_module(notation).
:- use_module(rulebase).

%!  compile_rules is det.
%
%   Compile all clauses of rules; problem/3 tells what cannot be.

compile_rules :-
    current_prolog_flag(optimise, Old),
    setup_call_cleanup(
        set_prolog_flag(optimise, true),        % arithmetic without calls
        forall(clause_of(Clause, Number, Head, Body, Module, Place),
               catch(compile_clause(Clause, Number, Head, Body, Module, Place),
                     problem(Text), add(problem(error, Place, Text)))),
        set_prolog_flag(optimise, Old)).

compile_clause(Clause, Number, Head, Body, Module, Place) :-
    literals(Body, in(Module, Place, []), Literals),
    role(Head, Role),
    shown(Role, Shown),
    taken(Literals, Taken),
    (   is_list(Shown)
    ->  true
    ;   problem("the evidence is a list of mentions: suicideRisk(Level, [Mention, …])", [])
    ),
    forall(member(Mention, Shown),
           (   member(Other, Taken), Other == Mention
           ->  true
           ;   problem("the first line shows a mention that this clause does not always take", [])
           )),
    add(normal(Clause, Number, Role, Literals)),
    compile_literals(Role, Clause, Literals).

role(statement(suicideRisk(_, Evidence)), risk(Evidence)).
role(ruledOut(Reason, Cue, Mention), context(Reason, Cue, Mention)).

shown(risk(Evidence), Evidence).
shown(context(_, Cue, Mention), [Cue, Mention]).

%   taken(+Literals, -Mentions): the variables that stand for a mention whenever Literals hold.

taken([], []).
taken([Literal|Literals], Mentions) :-
    taken_by(Literal, Ours),
    taken(Literals, Others),
    append(Ours, Others, Mentions).

taken_by(any(_, Mention, _), [Mention]) :- !.
taken_by(out(_, Mention, _), [Mention]) :- !.
taken_by(kinds(_, _, _, Mention1, Mention2), [Mention1, Mention2]) :- !.
taken_by(or(Alternatives), Mentions) :-
    !,
    maplist(taken, Alternatives, [First|Others]),
    include(in_all(Others), First, Mentions).
taken_by(_, []).

in_all(Lists, Mention) :-
    forall(member(List, Lists), ( member(Other, List), Other == Mention )).

compile_literals(risk(Evidence), Clause, Literals0) :-
    without_rest(Literals0, Literals),
    goals(Literals, Mentions, _, Goals),
    add((gives(Clause, Evidence, Mentions) :- Goals)).
compile_literals(context(Reason, Cue, Mention), Clause, Literals) :-
    goals([step(uninterestedText(_))|Literals], Mentions, _, Goals),
    add((rules_out(Clause, Reason, Cue, Mention, Mentions) :- Goals)).

%   without_rest(+Literals0, -Literals): what follows the last mention does not matter.

without_rest(Literals0, Literals) :-
    append(Literals, [step(uninterestedText(_))], Literals0),
    !.                                  % it stands once at the end
without_rest(Literals, Literals).


		 /*******************************
		 *           LITERALS           *
		 *******************************/

%   literals(+Body, +Context, -Literals) is det.
%
%   Context is in(Module, Place, Parts): where Body stands, and the parts it is in.

literals((A, B), In, Literals) :-
    !,
    literals(A, In, As),
    literals(B, In, Bs),
    append(As, Bs, Literals).
literals((A ; B), In, Literals) :-
    !,
    literals(A, In, As),
    literals(B, In, Bs),
    either([As, Bs], Literals).
literals(eitherOrder(A, Between, B), In, Literals) :-
    !,
    literals((A, Between, B), In, One),
    literals((B, Between, A), In, Other),
    either([One, Other], Literals).
literals(Call, In, [Literal]) :-
    literal(Call, In, Literal),
    !.
literals(Part, in(Module, Place, Parts), Literals) :-
    callable(Part),
    part_clauses(Part, Module, Home, Clauses),
    !,
    functor(Part, Name, Arity),
    (   memberchk(Name/Arity, Parts)
    ->  problem("~w calls itself", [Name//Arity])
    ;   true
    ),
    maplist(part_literals(Part, in(Home, Place, [Name/Arity|Parts])), Clauses, Alternatives),
    either(Alternatives, Literals).
literals(Unknown, _, _) :-
    (   callable(Unknown)
    ->  functor(Unknown, Name, Arity),
        What = Name//Arity
    ;   What = Unknown
    ),
    problem("~p is no nonterminal of the notation, and none of the rule files defines it", [What]).

problem(Format, Arguments) :-
    format(string(Text), Format, Arguments),
    throw(problem(Text)).

part_clauses(Part, Module, Home, Clauses) :-
    functor(Part, Name, Arity),
    functor(Head, Name, Arity),
    (   part(Module, Head, _, _)
    ->  Home = Module
    ;   part(Home, Head, _, _)
    ->  true
    ),
    findall(Head-Body, part(Home, Head, Body, _), Clauses).

part_literals(Part, In, Head-Body, Literals) :-
    Part =.. [_|Arguments],
    Head =.. [_|Parameters],
    maplist(pass, Parameters, Arguments),
    literals(Body, In, Literals).

pass(Parameter, Argument) :-
    (   var(Parameter)
    ->  Parameter = Argument
    ;   problem("~p stands in the head of a part, where only variables may", [Parameter])
    ).

%   literal(+Call, +Context, -Literal) is semidet: a call of the notation itself.

literal(rdfsSubclassOf(Mention, Name, Ontology), In, any([Bit], Mention, _)) :-
    bit(Name, Ontology, In, Bit).
literal(clauseFinal(Mention, Name, Ontology), In, any([Bit], Mention, 1)) :-
    bit(Name, Ontology, In, Bit).
literal(ruledOutMention(Mention, Name, Ontology, Reason), In, out([Bit], Mention, Reason)) :-
    bit(Name, Ontology, In, Bit).
literal(twoKindsOf(M1, M2, Name, Ontology), In, kinds(Bit, Name, Ontology, M1, M2)) :-
    bit(Name, Ontology, In, Bit).
literal(Call, In, avoid(Bit, Word, Mask, Goal)) :-
    avoiding(Call, Name, Ontology, Word, Mask, Goal),
    bit(Name, Ontology, In, Bit),
    concept_mask(Name, Ontology, Word, Mask).
literal(Call, _, step(Call)) :-
    callable(Call),
    distance(Call).

bit(Name, Ontology, in(_, Place, _), Bit) :-
    (   atom(Name),
        atom(Ontology)
    ->  concept_bit(Name, Ontology, Place, Bit)
    ;   ignore(Name = '_'),             % a variable, begun with a capital
        ignore(Ontology = '_'),
        problem("~w of ~w is not the name of a concept; names begin with a small letter",
                [Name, Ontology])
    ).

avoiding(sentenceWithout(Name, Ontology), Name, Ontology, Word, Mask, without(30, 6, Word, Mask)).
avoiding(clauseWithout(Name, Ontology), Name, Ontology, Word, Mask, without(30, 4, Word, Mask)).
avoiding(clauseOpening(Name, Ontology), Name, Ontology, Word, Mask, opening(Word, Mask)).
avoiding(absent(Name, Ontology), Name, Ontology, Word, Mask, few(0, Word, Mask)).
avoiding(atMost(Number, Name, Ontology), Name, Ontology, Word, Mask, few(Number, Word, Mask)).

distance(uninterestedText(_)).
distance(nearbyText(_)).
distance(sameSentence(_)).
distance(nextClause(_)).
distance(sameClause(_)).
distance(closeText(_)).
distance(touching).

%   either(+Alternatives, -Literals): one of several lists of literals. Those that are one test of
%   one mention become one test, in the place of the first.

either(Alternatives0, Literals) :-
    foldl(add_alternative, Alternatives0, [], Alternatives),
    (   Alternatives = [Literals]
    ->  true
    ;   Literals = [or(Alternatives)]
    ).

add_alternative([or(Nested)], Alternatives0, Alternatives) :-
    !,
    foldl(add_alternative, Nested, Alternatives0, Alternatives).
add_alternative([Test], Alternatives0, Alternatives) :-
    append(Before, [[Other]|After], Alternatives0),
    one_test(Other, Test, Both),
    !,                                  % tests of one kind stand in one place
    append(Before, [[Both]|After], Alternatives).
add_alternative(Literals, Alternatives0, Alternatives) :-
    append(Alternatives0, [Literals], Alternatives).

one_test(any(Bits1, M1, F1), any(Bits2, M2, F2), any(Bits, M1, F1)) :-
    M1 == M2,
    same_finality(F1, F2),
    ord_union(Bits1, Bits2, Bits).
one_test(out(Bits1, M1, Reason1), out(Bits2, M2, Reason2), out(Bits, M1, Reason1)) :-
    M1 == M2,
    Reason1 == Reason2,
    ord_union(Bits1, Bits2, Bits).

same_finality(F1, F2) :- var(F1), var(F2).
same_finality(F1, F2) :- F1 == F2.


		 /*******************************
		 *            GOALS             *
		 *******************************/

%   goals(+Literals, ?Mentions, ?Rest, -Goals) is det: what the literals come to, from the list
%   Mentions to the list Rest.

goals([], Mentions, Mentions, true).
goals([Literal], Mentions, Rest, Goal) :-
    !,
    goal(Literal, Mentions, Rest, Goal).
goals([Literal|Literals], Mentions, Rest, (Goal, Goals)) :-
    goal(Literal, Mentions, Between, Goal),
    goals(Literals, Between, Rest, Goals).

goal(any(Bits, Mention, Final), Ms0, Ms,
     (Ms0 = [mention(Mention, C0, C1, C2, C3, _, Final, live)|Ms], Shared =\= 0)) :-
    shared(Bits, C0, C1, C2, C3, Shared).
goal(out(Bits, Mention, Reason), Ms0, Ms,
     (Ms0 = [mention(Mention, C0, C1, C2, C3, _, _, Reason)|Ms], Reason \== live, Shared =\= 0)) :-
    shared(Bits, C0, C1, C2, C3, Shared).
goal(kinds(_, Name, Ontology, M1, M2), Ms0, Ms,
     notation:twoKindsOf(M1, M2, Name, Ontology, Ms0, Ms)).
goal(avoid(_, _, _, Call), Ms0, Ms, notation:Goal) :-
    threaded(Call, Ms0, Ms, Goal).
goal(step(Call), Ms0, Ms, notation:Goal) :-
    (   Call = uninterestedText(_)
    ->  threaded(skip, Ms0, Ms, Goal)
    ;   threaded(Call, Ms0, Ms, Goal)
    ).
goal(or(Alternatives), Ms0, Ms, Goal) :-
    any_goals(Alternatives, Ms0, Ms, Goal).

any_goals([Literals], Ms0, Ms, Goals) :-
    !,
    goals(Literals, Ms0, Ms, Goals).
any_goals([Literals|Alternatives], Ms0, Ms, (Goals ; Others)) :-
    goals(Literals, Ms0, Ms, Goals),
    any_goals(Alternatives, Ms0, Ms, Others).

threaded(Call, Ms0, Ms, Goal) :-
    Call =.. List0,
    append(List0, [Ms0, Ms], List),
    Goal =.. List.

%   shared(+Bits, +C0, +C1, +C2, +C3, -Expression): those of Bits that are set in four words.

shared(Bits, C0, C1, C2, C3, Expression) :-
    masks(Bits, 0, 0, 0, 0, M0, M1, M2, M3),
    common([C0-M0, C1-M1, C2-M2, C3-M3], Expression).

common([_-0|Words], Expression) :-
    !,
    common(Words, Expression).
common([Concepts-Mask|Words], Expression) :-
    (   common(Words, Others)
    ->  Expression = Concepts /\ Mask \/ Others
    ;   Expression = Concepts /\ Mask
    ).

masks([], M0, M1, M2, M3, M0, M1, M2, M3).
masks([Bit|Bits], A0, A1, A2, A3, M0, M1, M2, M3) :-
    Mask is 1 << (Bit mod 59),
    Word is Bit // 59,
    (   Word =:= 0
    ->  B0 is A0 \/ Mask, B1 = A1, B2 = A2, B3 = A3
    ;   Word =:= 1
    ->  B0 = A0, B1 is A1 \/ Mask, B2 = A2, B3 = A3
    ;   Word =:= 2
    ->  B0 = A0, B1 = A1, B2 is A2 \/ Mask, B3 = A3
    ;   B0 = A0, B1 = A1, B2 = A2, B3 is A3 \/ Mask
    ),
    masks(Bits, B0, B1, B2, B3, M0, M1, M2, M3).
