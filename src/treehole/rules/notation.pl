:- module(notation,
          [ rdfsSubclassOf//3,      % -Mention, +Concept, +Ontology
            clauseFinal//3,         % -Mention, +Concept, +Ontology
            ruledOutMention//4,     % -Mention, +Concept, +Ontology, ?Reason
            twoKindsOf//4,          % -Mention1, -Mention2, +Concept, +Ontology

            uninterestedText//1,    % -Skipped   any distance
            nearbyText//1,          % -Skipped   up to the next sentence
            sameSentence//1,        % -Skipped   in the sentence
            nextClause//1,          % -Skipped   across one comma at most
            sameClause//1,          % -Skipped   across none
            closeText//1,           % -Skipped   a few characters
            touching//0,            %            nothing at all
            sentenceWithout//2,     % +Concept, +Ontology
            clauseWithout//2,       % +Concept, +Ontology
            clauseOpening//2,       % +Concept, +Ontology

            eitherOrder//3,         % :A, :Between, :B
            absent//2,              % +Concept, +Ontology
            atMost//3,              % +Number, +Concept, +Ontology

            op(700, fx, says),
            op(700, fx, holds),
            op(700, fx, fails)
          ]).

/** <module> The notation in which the rules are written

A comment reaches the rules as the list of its _mentions_, in order of place: terms

    mention(Index, Concepts0, Concepts1, Concepts2, Concepts3, Gap, Final, Standing)

  - Index counts the mentions of the comment from 0.
  - Concepts0 to Concepts3 are together the set, as bits of four integers, of those concepts
    that rules speak of and that the mention falls under.
  - Gap says what lies between this mention and the one before it, see gap/2.
  - Final is 1 if the clause ends right after the mention, else 0.
  - Standing is `live`, or the reason why a context rule ruled the mention out.

A rule is a grammar rule over that list, in the notation of Fu et al. 2021 (J Med Internet
Res 23(8):e26119). A fact rule/4 before it gives its identifier, a sentence that says when it
holds, and example comments that it must and must not hold for:

    rule(dated_plan, says '…', holds ['…'], fails ['…']).
    statement(suicideRisk(8, [Plan, Time])) -->
        uninterestedText(_), rdfsSubclassOf(Time, future, timeOntology),
        uninterestedText(_), rdfsSubclassOf(Plan, suicidePlan, suicideOntology),
        uninterestedText(_).

A rule that only orders mentions needs no more than this. The other nonterminals say how far
apart the mentions may be, that one must not stand between them, or that order is free.

A _context_ rule says which mentions do not count, and why:

    rule(negation, says '…', holds ['…'], fails ['…']).
    ruledOut(negation, Cue, Mention) -->
        rdfsSubclassOf(Cue, negation, wishOntology), closeText(_),
        rdfsSubclassOf(Mention, deathWish, wishOntology).

It is tried at every mention of the comment, in the order of the file; what an earlier rule ruled
out is no cue for a later one.

Distance is measured in the text, not in mentions: a rule holds or not whatever mentions other
rules may see in between. The engine counts on this and leaves out of the list what no rule in
question speaks of.

@see  rules/README.md for the guide
@see  reading.pl, compiler.pl and engine.pl for how rules are read and run
*/

:- set_prolog_flag(optimise, true).

:- use_module(library(error)).
:- use_module(rulebase).

:- meta_predicate
    eitherOrder(//, //, //, ?, ?).


		 /*******************************
		 *          MENTIONS            *
		 *******************************/

%!  rdfsSubclassOf(-Mention, +Concept, +Ontology)// is semidet.
%
%   Consume one live mention of Concept of Ontology, or of any concept below it. Mention is its
%   index, for the list of evidence. Concept is the name in the ontology with a small first
%   letter: `suicidePlan` of `suicideOntology` is the class `suicide:SuicidePlan`.

rdfsSubclassOf(Mention, Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    [ mention(Mention, C0, C1, C2, C3, _, _, live) ],
    { any_of(Word, Mask, C0, C1, C2, C3) }.

%!  clauseFinal(-Mention, +Concept, +Ontology)// is semidet.
%
%   As rdfsSubclassOf//3, and the clause ends right after the mention.

clauseFinal(Mention, Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    [ mention(Mention, C0, C1, C2, C3, _, 1, live) ],
    { any_of(Word, Mask, C0, C1, C2, C3) }.

%!  ruledOutMention(-Mention, +Concept, +Ontology, ?Reason)// is semidet.
%
%   Consume one mention that a context rule ruled out for Reason: a wish that is held back is
%   no wish, but it is pain.

ruledOutMention(Mention, Concept, Ontology, Reason) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    ruled_out(Mention, Word, Mask, Reason).

ruled_out(Mention, Word, Mask, Reason) -->
    [ mention(Mention, C0, C1, C2, C3, _, _, Reason) ],
    { Reason \== live,
      any_of(Word, Mask, C0, C1, C2, C3)
    }.

%!  twoKindsOf(-Mention1, -Mention2, +Concept, +Ontology)// is nondet.
%
%   Consume two mentions of Concept in one sentence that do not belong to the same direct
%   subclass of it, with what stands between them.

twoKindsOf(Mention1, Mention2, Concept, Ontology) -->
    { kinds(Concept, Ontology, K0, K1, K2, K3) },
    [ mention(Mention1, A0, A1, A2, A3, _, _, live) ],
    { (A0 /\ K0) \/ (A1 /\ K1) \/ (A2 /\ K2) \/ (A3 /\ K3) =\= 0 },
    sameSentence(_),
    [ mention(Mention2, B0, B1, B2, B3, _, _, live) ],
    { (B0 /\ K0) \/ (B1 /\ K1) \/ (B2 /\ K2) \/ (B3 /\ K3) =\= 0,
      (A0 /\ B0 /\ K0) \/ (A1 /\ B1 /\ K1) \/ (A2 /\ B2 /\ K2) \/ (A3 /\ B3 /\ K3) =:= 0
    }.

%   mask_of(+Concept, +Ontology, -Word, -Mask) is det.
%   any_of(+Word, +Mask, +C0, +C1, +C2, +C3) is semidet.
%
%   What stands for Concept; whether a mention falls under it. The rules that judge comments are
%   compiled (compiler.pl); these definitions serve interactive use and tests, and say what is meant.

mask_of(Concept, Ontology, Word, Mask) :-
    concept_mask(Concept, Ontology, Word, Mask),
    !.                                  % a concept has one
mask_of(Concept, Ontology, _, _) :-
    existence_error(concept, Ontology:Concept).

any_of(1, Mask, C, _, _, _) :- C /\ Mask =\= 0.
any_of(2, Mask, _, C, _, _) :- C /\ Mask =\= 0.
any_of(3, Mask, _, _, C, _) :- C /\ Mask =\= 0.
any_of(4, Mask, _, _, _, C) :- C /\ Mask =\= 0.


		 /*******************************
		 *          DISTANCE            *
		 *******************************/

%!  gap(?Code, ?Meaning)
%
%   What lies between two neighbouring mentions; the codes grow with the distance. The scanner
%   computes them from the text (`treehole.knowledge.scanner`).

gap(0, first).              % the first mention of the comment
gap(1, touching).           % nothing
gap(2, close).              % a few characters, no punctuation
gap(3, clause).             % more characters, no punctuation
gap(4, next_clause).        % one comma, space or the like
gap(5, sentence).           % several
gap(6, next_sentence).      % the end of one sentence
gap(7, text).               % the ends of several

%!  uninterestedText(-Skipped)// is multi.
%
%   Skip any number of mentions, fewest first. Mentions that context rules out are skipped like
%   all others, but no rule can consume them: what is negated, quoted or about someone else never
%   counts as evidence.

uninterestedText([]) --> [].
uninterestedText([Mention|Mentions]) --> [Mention], uninterestedText(Mentions).

%   skip//0: the same, without a list of what was skipped; what rules compile to.

skip(Mentions, Mentions).
skip([_|Mentions0], Mentions) :-
    skip(Mentions0, Mentions).

%!  nearbyText(-Skipped)// is nondet.
%!  sameSentence(-Skipped)// is nondet.
%!  nextClause(-Skipped)// is nondet.
%!  sameClause(-Skipped)// is nondet.
%!  closeText(-Skipped)// is nondet.
%
%   As uninterestedText//1, but the next mention must not be farther away than the name says:
%   at most one sentence on; in the same sentence; across one comma; in the same clause; a few
%   characters on, or reached by steps of a few characters.

nearbyText(Skipped)   --> within(30, 7, 6, 1, Skipped).
sameSentence(Skipped) --> within(30, 6, 6, 0, Skipped).
nextClause(Skipped)   --> within(30, 5, 4, 1, Skipped).
sameClause(Skipped)   --> within(30, 4, 4, 0, Skipped).
closeText(Skipped)    --> within(30, 3, 3, 0, Skipped).

%   within(+Most, +Barred, +Counted, +Left, -Skipped)//: skip at most Most mentions, so that a
%   rule stays linear in the length of a comment, whatever someone writes; cross no gap of code
%   Barred or more, and at most Left gaps of code Counted or more.

within(_, Barred, Counted, Left, [], [M|Ms], [M|Ms]) :-
    crossed(M, Barred, Counted, Left, _).
within(Most, Barred, Counted, Left, [M|Skipped], [M|Ms0], Ms) :-
    Most > 0,
    crossed(M, Barred, Counted, Left, Left1),
    Most1 is Most - 1,
    within(Most1, Barred, Counted, Left1, Skipped, Ms0, Ms).

crossed(mention(_, _, _, _, _, Gap, _, _), Barred, Counted, Left0, Left) :-
    Gap < Barred,
    (   Gap < Counted
    ->  Left = Left0
    ;   Left is Left0 - 1,
        Left >= 0
    ).

%!  touching// is semidet.
%
%   The next mention follows without a character between.

touching([M|Ms], [M|Ms]) :-
    M = mention(_, _, _, _, _, 1, _, _).

%!  sentenceWithout(+Concept, +Ontology)// is nondet.
%!  clauseWithout(+Concept, +Ontology)// is nondet.
%
%   Skip mentions in the sentence, or the clause, none of them a live one of Concept.

sentenceWithout(Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    without(30, 6, Word, Mask).

clauseWithout(Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    without(30, 4, Word, Mask).

without(_, Barred, _, _, [M|Ms], [M|Ms]) :-
    M = mention(_, _, _, _, _, Gap, _, _),
    Gap < Barred.
without(Most, Barred, Word, Mask, [M|Ms0], Ms) :-
    Most > 0,
    M = mention(_, _, _, _, _, Gap, _, _),
    Gap < Barred,
    \+ live_of(Word, Mask, M),
    Most1 is Most - 1,
    without(Most1, Barred, Word, Mask, Ms0, Ms).

live_of(Word, Mask, mention(_, C0, C1, C2, C3, _, _, live)) :-
    any_of(Word, Mask, C0, C1, C2, C3).

%!  clauseOpening(+Concept, +Ontology)// is nondet.
%
%   Succeed at the first mention of a clause only; from there, skip mentions in the clause, none
%   of them a live one of Concept.

clauseOpening(Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    opening(Word, Mask).

opening(_, _, [M|Ms], [M|Ms]) :-
    first_of_clause(M).
opening(Word, Mask, [M|Ms0], Ms) :-
    first_of_clause(M),
    \+ live_of(Word, Mask, M),
    without(30, 4, Word, Mask, Ms0, Ms).

first_of_clause(mention(_, _, _, _, _, Gap, _, _)) :-
    (   Gap =:= 0
    ->  true
    ;   Gap > 3
    ).


		 /*******************************
		 *         COMBINATION          *
		 *******************************/

%!  eitherOrder(:A, :Between, :B)// is nondet.
%
%   A, Between, B or B, Between, A.

eitherOrder(A, Between, B) --> call(A), call(Between), call(B).
eitherOrder(A, Between, B) --> call(B), call(Between), call(A).

%!  absent(+Concept, +Ontology)// is semidet.
%!  atMost(+Number, +Concept, +Ontology)// is semidet.
%
%   The rest of the comment has no live mention of Concept, or at most Number of them. Consumes
%   nothing; stands first in a rule to speak of the whole comment.

absent(Concept, Ontology) -->
    atMost(0, Concept, Ontology).

atMost(Number, Concept, Ontology) -->
    { mask_of(Concept, Ontology, Word, Mask) },
    few(Number, Word, Mask).

few(Number, Word, Mask, Mentions, Mentions) :-
    few_live(Mentions, Number, Word, Mask).

few_live([], _, _, _).
few_live([M|Ms], Number0, Word, Mask) :-
    (   live_of(Word, Mask, M)
    ->  Number0 > 0,
        Number is Number0 - 1
    ;   Number = Number0
    ),
    few_live(Ms, Number, Word, Mask).
