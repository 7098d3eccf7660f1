/*  The notation as an interactive grammar, on concepts made up. See test_notation.py. */

:- encoding(utf8).
:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(plunit)).
:- use_module(library(aggregate)).
:- use_module(treehole(notation)).
:- use_module(treehole(rulebase)).
:- use_module(mentions).

%   Concepts of one ontology; most lie in the first word, the last in the second and the third.

known :-
    forget,
    forall(nth0(Bit, [a, b, c, way, jump, rope], Name),
           add(concept(Name, test, Bit, here:1))),
    add(concept(second, test, 59, here:1)),
    add(concept(third, test, 176, here:1)),
    add(kinds(way, test, 48, 0, 0, 0)).

rest --> [].
rest --> [_], rest.

a --> rdfsSubclassOf(_, a, test).
b --> rdfsSubclassOf(_, b, test).

%   across(+Between, -Names): the gaps that Between passes.

across(Between, Names) :-
    findall(Name, ( gap(Code, Name), Code > 0, takes((a, Between, b), [a@first, b@Name]) ), Names).


:- begin_tests(distance, [setup(known)]).

test(gaps, Codes-Names == [0, 1, 2, 3, 4, 5, 6, 7]-8) :-
    findall(Code, gap(Code, _), Codes),
    aggregate_all(count, distinct(Name, gap(_, Name)), Names).
test(touching, Gaps == [touching]) :-
    across(touching, Gaps).
test(close, Gaps == [touching, close]) :-
    across(closeText(_), Gaps).
test(same_clause, Gaps == [touching, close, clause]) :-
    across(sameClause(_), Gaps).
test(next_clause, Gaps == [touching, close, clause, next_clause]) :-
    across(nextClause(_), Gaps).
test(same_sentence, Gaps == [touching, close, clause, next_clause, sentence]) :-
    across(sameSentence(_), Gaps).
test(nearby, Gaps == [touching, close, clause, next_clause, sentence, next_sentence]) :-
    across(nearbyText(_), Gaps).
test(any, true(length(Gaps, 7))) :-
    across(uninterestedText(_), Gaps).
test(close_by_steps) :-
    takes((a, closeText(_), b), [a@first, c@close, c@touching, b@close]).
test(not_close_by_a_wide_step, fail) :-
    takes((a, closeText(_), b), [a@first, c@clause, b@close]).
test(one_comma) :-
    takes((a, nextClause(_), b), [a@first, c@clause, c@next_clause, b@clause]).
test(two_commas, fail) :-
    takes((a, nextClause(_), b), [a@first, c@next_clause, b@next_clause]).
test(two_commas_in_a_sentence) :-
    takes((a, sameSentence(_), b), [a@first, c@next_clause, b@next_clause]).
test(one_full_stop) :-
    takes((a, nearbyText(_), b), [a@first, c@sentence, c@next_sentence, b@sentence]).
test(two_full_stops, fail) :-
    takes((a, nearbyText(_), b), [a@first, c@next_sentence, b@next_sentence]).
test(never_more_than_thirty, [true(Passed == [0, 29, 30]), nondet]) :-
    findall(N,
            ( member(N, [0, 29, 30, 31, 60]),
              skipping(N, Specs),
              takes((a, nearbyText(_), b), Specs)
            ),
            Passed).
test(any_number) :-
    skipping(100, Specs),
    takes((a, uninterestedText(_), b), Specs).
test(what_was_skipped, Lengths == [0, 1, 2]) :-
    solutions(N, ( uninterestedText(Skipped), { length(Skipped, N) }, rest ),
              [a@first, b@close], Lengths).

skipping(N, [a@first|Specs]) :-
    length(Cs, N),
    maplist(=(c@close), Cs),
    append(Cs, [b@close], Specs).

:- end_tests(distance).


:- begin_tests(mentions, [setup(known)]).

test(index, Is == [1]) :-
    solutions(I, ( uninterestedText(_), rdfsSubclassOf(I, b, test) ), [a@first, b@close], Is).
test(several_concepts) :-
    takes(rdfsSubclassOf(_, b, test), [a+b+c@first]).
test(second_word, Is == [1]) :-
    solutions(I, ( a, rdfsSubclassOf(I, second, test) ), [a@first, b+second@close], Is).
test(third_word, Is == [1]) :-
    solutions(I, ( a, rdfsSubclassOf(I, third, test) ), [a@first, b+third@close], Is).
test(other_concept, fail) :-
    takes(rdfsSubclassOf(_, third, test), [a+second@first]).
test(no_concept, error(existence_error(concept, test:d))) :-
    takes(rdfsSubclassOf(_, d, test), [a@first]).
test(ruled_out_is_no_evidence, fail) :-
    takes(a, [out(negation, a@first)]).
test(ruled_out_is_skipped_unlike_evidence, Is == [2]) :-
    solutions(I, ( uninterestedText(_), rdfsSubclassOf(I, a, test) ),
              [out(negation, a@first), out(dream, a@close), a@close], Is).
test(ruled_out_on_purpose, Is-Reasons == [1]-[dream]) :-
    Specs = [out(negation, a@first), out(dream, a+b@close), a@close],
    solutions(I, ( uninterestedText(_), ruledOutMention(I, a, test, dream), uninterestedText(_) ),
              Specs, Is),
    solutions(R, ( [_], ruledOutMention(_, b, test, R), [_] ), Specs, Reasons).
test(live_is_not_ruled_out, fail) :-
    takes(ruledOutMention(_, a, test, _), [a@first]).
test(final) :-
    takes(( a, clauseFinal(_, b, test) ), [a@first, final(b@close)]).
test(not_final, fail) :-
    takes(clauseFinal(_, a, test), [a@first]).
test(final_but_ruled_out, fail) :-
    takes(clauseFinal(_, a, test), [out(dream, final(a@first))]).
test(two_kinds, Pairs == [0-2]) :-
    solutions(A-B, twoKindsOf(A, B, way, test),
              [way+jump@first, c@next_clause, way+rope@sentence], Pairs).
test(two_kinds_of_any_word, [forall(member(Word, [1, 2, 3])), nondet]) :-
    in_word(Word, 0b11, Kinds), in_word(Word, 0b01, One), in_word(Word, 0b10, Other),
    Fact =.. [kinds, Word, test|Kinds],
    add(Fact),
    maplist([Words, Mention]>>( append([mention, _|Words], [2, 0, live], List), Mention =.. List ),
            [One, Other], Two),
    phrase(twoKindsOf(_, _, Word, test), Two, []),
    maplist([Words, Mention]>>( append([mention, _|Words], [2, 0, live], List), Mention =.. List ),
            [One, One], Same),
    \+ phrase(twoKindsOf(_, _, Word, test), Same, []).
test(one_kind, fail) :-
    takes(twoKindsOf(_, _, way, test), [way+jump@first, way+jump@close]).
test(no_kind, fail) :-
    takes(twoKindsOf(_, _, way, test), [way@first, way+jump@close]).
test(two_kinds_in_two_sentences, fail) :-
    takes(twoKindsOf(_, _, way, test), [way+jump@first, way+rope@next_sentence]).
test(two_kinds_one_ruled_out, fail) :-
    takes(twoKindsOf(_, _, way, test), [way+jump@first, out(undecided, way+rope@close)]).

:- end_tests(mentions).


:- begin_tests(combination, [setup(known)]).

test(either_order) :-
    forall(member(Specs, [[a@first, b@touching], [b@first, a@touching]]),
           takes(eitherOrder(a, touching, b), Specs)).
test(either_order_at_its_distance, fail) :-
    takes(eitherOrder(a, touching, b), [b@first, a@close]).
test(either_order_needs_both, fail) :-
    takes(eitherOrder(a, touching, b), [a@first, a@touching]).
test(without) :-
    takes(( a, sentenceWithout(c, test), b ), [a@first, a@next_clause, b@sentence]),
    takes(( a, clauseWithout(c, test), b ), [a@first, out(dream, c@close), b@clause]).
test(not_without, fail) :-
    takes(( a, sentenceWithout(c, test), b ), [a@first, c@close, b@close]).
test(not_without_beyond_the_clause, fail) :-
    takes(( a, clauseWithout(c, test), b ), [a@first, b@next_clause]).
test(not_without_beyond_the_sentence, fail) :-
    takes(( a, sentenceWithout(c, test), b ), [a@first, b@next_sentence]).
test(the_opening_of_a_clause, Openings == [first, next_clause, sentence, next_sentence, text]) :-
    findall(Name,
            ( gap(_, Name), takes(( uninterestedText(_), clauseOpening(c, test), b ), [b@Name]) ),
            Openings).
test(from_the_opening_on) :-
    takes(( clauseOpening(c, test), b ), [a@first, a@clause, b@clause]).
test(from_the_opening_past_the_concept, fail) :-
    takes(( clauseOpening(c, test), b ), [c@first, b@clause]).
test(absent_counts_what_is_live, Results == [yes, no]) :-
    findall(R,
            ( member(Spec, [out(dream, c@text), c@text]),
              ( takes(( absent(c, test), a, [_] ), [a@first, Spec]) -> R = yes ; R = no )
            ),
            Results).
test(at_most, Passed == [0, 1, 2]) :-
    findall(N,
            ( between(0, 4, N), length(Cs, N), maplist(=(c@text), Cs),
              takes(( atMost(2, c, test), a, uninterestedText(_) ), [a@first|Cs])
            ),
            Passed).

:- end_tests(combination).
