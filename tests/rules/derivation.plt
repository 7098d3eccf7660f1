/*  Derivations, on concepts and rules made up. See test_notation.py. */

:- encoding(utf8).
:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(plunit)).
:- use_module(treehole(derivation)).
:- use_module(treehole(rulebase)).
:- use_module(mentions).

known :-
    forget,
    forall(nth0(Bit, [a, b, c, way, jump, rope], Name), add(concept(Name, test, Bit, here:1))),
    add(kinds(way, test, 48, 0, 0, 0)).

%   as_rule(+Number, +Risk, +Clause): add Clause, a grammar rule with the evidence for a head, or with
%   Cue-Mention if it is of a context rule.

as_rule(Number, Risk, (Head0 --> Body)) :-
    (   rule(Number, _, _, _, _, _)
    ->  true
    ;   add(rule(Number, some, Risk, '', []-[], here:1))
    ),
    (   Head0 = Cue-Mention
    ->  Head = ruledOut(Risk, Cue, Mention)
    ;   Head = statement(suicideRisk(Risk, Head0))
    ),
    predicate_property(rulebase:clause_of(_, _, _, _, _, _), number_of_clauses(Clause)),
    Line is Clause + 10,
    add(clause_of(Clause, Number, Head, Body, own, here:Line)).

%   derived(+Clause, +Asked, +Specs, -Steps): the steps by the only clause of a rule.

derived(Clause, Asked, Specs, Steps) :-
    known,
    as_rule(0, 5, Clause),
    mentions(Specs, Mentions),
    derivation(0, Asked, Mentions, _, Steps).


:- begin_tests(derivation).

test(mentions_and_distances,
     Steps == [ step(uninterestedText, 0, 1, [], []),
                step(rdfsSubclassOf, 1, 2, [a, test], []),
                step(sameClause, 2, 3, [], []),
                step(clauseFinal, 3, 4, [b, test], []),
                step(uninterestedText, 4, 5, [], []) ]) :-
    derived(( [A, B] --> uninterestedText(_), rdfsSubclassOf(A, a, test), sameClause(_),
                         clauseFinal(B, b, test), uninterestedText(_) ),
            held([1, 3]), [c@first, a@text, c@close, final(b@clause), c@text], Steps).
test(only_what_was_asked, fail) :-
    derived(( [A] --> uninterestedText(_), rdfsSubclassOf(A, a, test), uninterestedText(_) ),
            held([1]), [a@first, b@close], _).
test(of_several_the_one_that_was_asked, From == 2) :-
    derived(( [A] --> uninterestedText(_), rdfsSubclassOf(A, a, test), uninterestedText(_) ),
            held([2]), [a@first, a@close, a@close], [_, step(rdfsSubclassOf, From, _, _, _)|_]).
test(to_the_end, Steps == [step(rdfsSubclassOf, 0, 1, [a, test], [])]) :-
    derived(([A] --> rdfsSubclassOf(A, a, test)), held([0]), [a@first, b@close], Steps).
test(the_first_clause_that_gives_it, Place == here:11) :-
    known,
    as_rule(0, 5, ([B] --> rdfsSubclassOf(B, b, test), uninterestedText(_))),
    as_rule(0, 5, ([A] --> rdfsSubclassOf(A, a, test), uninterestedText(_))),
    as_rule(0, 5, ([A] --> uninterestedText(_), rdfsSubclassOf(A, a, test), uninterestedText(_))),
    mentions([a@first], Mentions),
    derivation(0, held([0]), Mentions, Place, _).
test(either_order, Orders == [written, turned]) :-
    findall(Order,
            ( member(Specs-Evidence, [[a@first, b@close]-[0, 1], [b@first, a@close]-[1, 0]]),
              derived(( [A, B] --> eitherOrder(rdfsSubclassOf(A, a, test), closeText(_),
                                               rdfsSubclassOf(B, b, test)) ),
                      held(Evidence), Specs, [step(eitherOrder, 0, 2, [Order], Steps)]),
              length(Steps, 3)
            ),
            Orders).
test(alternatives, Names == [b]) :-
    derived(( [M] --> ( rdfsSubclassOf(M, a, test) ; rdfsSubclassOf(M, b, test) ) ),
            held([0]), [b@first], [step(rdfsSubclassOf, 0, 1, Arguments, [])]),
    exclude(==(test), Arguments, Names).
test(ruled_out_mention, Arguments == [a, test, denied]) :-
    derived(([A] --> ruledOutMention(A, a, test, _)),
            held([0]), [out(denied, a@first)], [step(ruledOutMention, 0, 1, Arguments, [])]).
test(conditions, Steps == [ step(absent, 0, 0, [c, test, 0], []),
                            step(atMost, 0, 0, [a, test, 2, 0, 2], []),
                            step(uninterestedText, 0, 3, [], []) ]) :-
    derived(([] --> absent(c, test), atMost(2, a, test), uninterestedText(_)),
            held([]), [a@first, b@close, a@close], Steps).
test(what_must_not_stand_between, Steps == [ step(rdfsSubclassOf, 0, 1, [a, test], []),
                                             step(clauseWithout, 1, 2, [c, test], []),
                                             step(rdfsSubclassOf, 2, 3, [b, test], []) ]) :-
    derived(( [A, B] --> rdfsSubclassOf(A, a, test), clauseWithout(c, test),
                         rdfsSubclassOf(B, b, test) ),
            held([0, 2]), [a@first, a@close, b@clause], Steps).

%   Two of a kind that fail are no reason to give up two of different kinds.

test(two_kinds, Ends == [0-1, 1-3, 3-4]) :-
    derived(( [A, B] --> uninterestedText(_), twoKindsOf(A, B, way, test), uninterestedText(_) ),
            held([0, 3]), [way+jump@first, way+jump@close, c@close, way+rope@close],
            [_, step(twoKindsOf, 0, 4, [way, test], Steps), _]),
    findall(From-To, member(step(_, From, To, _, _), Steps), Ends).
test(parts, Step == step(outer, 0, 2, [there, 3],
                         [ step(rdfsSubclassOf, 0, 1, [a, test], []),
                           step(touching, 1, 1, [], []),
                           step(inner, 1, 2, [there, 5],
                                [step(rdfsSubclassOf, 1, 2, [b, test], [])]) ])) :-
    known,
    add(part(other, outer(M), ( rdfsSubclassOf(_, a, test), touching, inner(M) ), there:3)),
    add(part(other, inner(M), rdfsSubclassOf(M, c, test), there:4)),
    add(part(other, inner(M), rdfsSubclassOf(M, b, test), there:5)),
    as_rule(0, 5, ([M] --> outer(M), uninterestedText(_))),
    mentions([a@first, b@touching], Mentions),
    derivation(0, held([1]), Mentions, _, [Step|_]).
test(a_part_of_ones_own_before_one_of_another, File == mine) :-
    known,
    add(part(other, p(M), rdfsSubclassOf(M, a, test), there:1)),
    add(part(own, p(M), rdfsSubclassOf(M, a, test), mine:1)),
    as_rule(0, 5, ([M] --> p(M))),
    mentions([a@first], Mentions),
    derivation(0, held([0]), Mentions, _, [step(p, 0, 1, [File, 1], _)]).

%   Whatever the notation has can be a step, not only part of one.

test(all_of_the_notation, Unknown == []) :-
    module_property(notation, exports(Exports)),
    findall(Name//Arity,
            ( member(Name/Arity0, Exports),
              Arity is Arity0 - 2,
              functor(Call, Name, Arity),
              \+ derivation:plain(Call, _),
              \+ memberchk(Name, [eitherOrder, twoKindsOf, absent, atMost])
            ),
            Unknown).

:- end_tests(derivation).


:- begin_tests(lines, [setup(rules)]).

%   Rule 0 says that a rules out b; rule 1 that a rules out c, if a b that was ruled out follows; rule 2
%   is for a level.

rules :-
    known,
    as_rule(0, not, ( Cue-M --> rdfsSubclassOf(Cue, a, test), closeText(_),
                                rdfsSubclassOf(M, b, test) )),
    as_rule(1, after, ( Cue-M --> rdfsSubclassOf(Cue, a, test), closeText(_),
                                  ruledOutMention(_, b, test, not), closeText(_),
                                  rdfsSubclassOf(M, c, test) )),
    as_rule(2, 5, ( [M, N] --> uninterestedText(_), ruledOutMention(M, b, test, not),
                               uninterestedText(_), ruledOutMention(N, c, test, after),
                               uninterestedText(_) )).

comment(["mention  1 0 0 0 0 0", "mention 0 2 0 0 0 2 0", "mention 1 4 0 0 0 2 1"]).

derived_lines(Questions, Limit, Records) :-
    comment(Lines0),
    append(Lines0, Questions, Lines),
    derivations(Lines, Limit, Records).

test(each_as_it_stood, Records == [ [0, here, 10],
                                    [1, uninterestedText, 0, 0],
                                    [1, rdfsSubclassOf, 0, 1, a, test],
                                    [1, closeText, 1, 1],
                                    [1, rdfsSubclassOf, 1, 2, b, test],
                                    [0, here, 11],
                                    [1, uninterestedText, 0, 0],
                                    [1, rdfsSubclassOf, 0, 1, a, test],
                                    [1, closeText, 1, 1],
                                    [1, ruledOutMention, 1, 2, b, test, not],
                                    [1, closeText, 2, 2],
                                    [1, rdfsSubclassOf, 2, 3, c, test] ]) :-
    derived_lines(["out 0 0 1", "out 1 0 2"], 100 000, Records).
test(a_level_comes_last, Calls == [ uninterestedText, ruledOutMention, uninterestedText,
                                    ruledOutMention, uninterestedText ]) :-
    derived_lines(["held 2 1,2"], 100 000, [_|Records]),
    findall(Call, member([1, Call|_], Records), Calls).
test(in_the_order_asked, Roots == [[0, here, 12], [0, here, 10]]) :-
    derived_lines(["held 2 1,2", "out 0 0 1"], 100 000, Records),
    include([[0|_]]>>true, Records, Roots).
test(what_does_not_hold, Records == [[0], [0]]) :-
    derived_lines(["held 2 0,2", "out 0 1 0"], 100 000, Records).
test(too_long, Records == [[0]]) :-
    derived_lines(["held 2 1,2"], 10, Records).
test(deeper_steps_below, Depths == [0, 1, 2, 1]) :-
    add(part(own, p(M), rdfsSubclassOf(M, a, test), here:2)),
    as_rule(3, 5, ([M] --> p(M), uninterestedText(_))),
    derived_lines(["held 3 0"], 100 000, Records),
    findall(Depth, member([Depth|_], Records), Depths).

:- end_tests(lines).
