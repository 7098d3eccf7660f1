:- module(dominance,
          [ teach_signatures/1,     % +Lines
            outdone/2               % +Number, -By
          ]).

/** <module> Which rules can never win

The highest level of all rules that hold wins, and of one level the rule that stands first. A rule is
_outdone_ if, whatever comment it holds for, another one that ranks above it holds too.

That is so if it is so for the comments that are only just enough: each clause of the rule is turned
into all lists of mentions that have what its literals ask for and no more, as far apart as they may
be. This is the containment of conjunctive queries by canonical databases (Chandra and Merlin 1977,
"Optimal implementation of conjunctive queries in relational data bases", STOC). Clauses that forbid
something are not looked for above, since more in a comment could make them fail; so what is said to
be outdone is, but not everything that is outdone is said.
*/

:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(occurs)).
:- use_module(rulebase).

:- dynamic
    signature/5.            % Bit, Concepts0, Concepts1, Concepts2, Concepts3

%!  teach_signatures(+Lines:list(string)) is det.
%
%   Say what the mentions of concepts look like: each line a bit, and the four words of a concept
%   that falls under it.

teach_signatures(Lines) :-
    retractall(signature(_, _, _, _, _)),
    forall(( member(Line, Lines), Line \== "" ),
           ( split_string(Line, " ", "", Fields),
             maplist([Text, Number]>>number_string(Number, Text), Fields, [Bit, C0, C1, C2, C3]),
             assertz(signature(Bit, C0, C1, C2, C3))
           )).

%!  outdone(+Number, -By) is semidet.
%
%   The rule Number, which gives a level, can never win. By is one that always holds above it, at
%   least for the first clause.

outdone(Number, By) :-
    call_with_inference_limit(outdone_by(Number, By), 20 000 000, Outcome),
    Outcome \== inference_limit_exceeded.   % then it is not known

outdone_by(Number, By) :-
    findall(Literals, normal(_, Number, risk(_), Literals), Clauses),
    Clauses = [First|_],
    findall(Above-Clause, above(Number, Above, Clause), Candidates),
    maplist(always_outdone(Candidates), Clauses),
    just_enough(First, Mentions),
    holds_above(Candidates, Mentions, By),
    !.                                  % the first is as good as any

always_outdone(Candidates, Literals) :-
    \+ part_of(kinds(_, _, _, _, _), Literals),
    forall(just_enough(Literals, Mentions), holds_above(Candidates, Mentions, _)).

holds_above(Candidates, Mentions, Above) :-
    member(Above-Clause, Candidates),
    gives(Clause, _, Mentions).

%   above(+Number, -Above, -Clause) is nondet: a clause of a rule that ranks above another, and
%   forbids nothing.

above(Number, Above, Clause) :-
    rule(Number, _, Level, _, _, _),
    rule(Above, _, Higher, _, _, _),
    integer(Higher),
    (   Higher > Level
    ->  true
    ;   Higher =:= Level,
        Above < Number
    ),
    normal(Clause, Above, risk(_), Literals),
    \+ part_of(avoid(_, _, _, _), Literals),
    \+ part_of(kinds(_, _, _, _, _), Literals).

part_of(Part, Literals) :-
    sub_term(Term, Literals),
    subsumes_term(Part, Term),
    nonvar(Term),
    !.                                  % once is enough

%   just_enough(+Literals, -Mentions) is nondet: mentions for which the literals only just hold.

just_enough(Literals, Mentions) :-
    mentions(Literals, 0, Mentions).

%   mentions(+Literals, +Gap, -Mentions): Gap is that before the next mention, or `any` if nothing
%   has been said of it. Wherever mentions may stand between, one stands that no rule asks for.

mentions([], Gap0, [Other]) :-
    gap(Gap0, Gap),
    other(Gap, Other).
mentions([any(Bits, _, Final0)|Literals], Gap0, [mention(0, C0, C1, C2, C3, Gap, Final, live)|Ms]) :-
    gap(Gap0, Gap),
    (   var(Final0)
    ->  Final = 0
    ;   Final = Final0
    ),
    member(Bit, Bits),
    signature(Bit, C0, C1, C2, C3),
    mentions(Literals, any, Ms).
mentions([out(Bits, _, Reason0)|Literals], Gap0, [mention(0, C0, C1, C2, C3, Gap, 0, Reason)|Ms]) :-
    gap(Gap0, Gap),
    (   var(Reason0)
    ->  Reason = some
    ;   Reason = Reason0
    ),
    member(Bit, Bits),
    signature(Bit, C0, C1, C2, C3),
    mentions(Literals, any, Ms).
mentions([or(Alternatives)|Literals], Gap, Ms) :-
    member(Alternative, Alternatives),
    append(Alternative, Literals, All),
    mentions(All, Gap, Ms).
mentions([avoid(_, _, _, Call)|Literals], Gap, Ms) :-
    (   Call = few(_, _, _)             % about the whole comment
    ->  mentions(Literals, Gap, Ms)
    ;   Call = opening(_, _)
    ->  gap(Gap, Before),
        apart(Before, 3, Literals, Ms)
    ;   Call = without(_, Barred, _, _),
        Widest is Barred - 1,
        within(Gap, Widest, Literals, Ms)
    ).
mentions([step(Call)|Literals], Gap, Ms) :-
    widest(Call, Widest),
    (   Call == touching
    ->  mentions(Literals, Widest, Ms)
    ;   within(Gap, Widest, Literals, Ms)
    ).

%   within(+Gap, +Widest, +Literals, -Mentions): the next mention is at most Widest away.

within(any, Widest, Literals, Ms) :-
    !,
    Between is min(Widest, 3),
    apart(Between, Widest, Literals, Ms).
within(Gap, Widest, Literals, Ms) :-
    apart(Gap, Widest, Literals, Ms).

gap(any, 7) :-
    !.
gap(Gap, Gap).

apart(Gap, Next, Literals, [Other|Ms]) :-
    other(Gap, Other),
    mentions(Literals, Next, Ms).

other(Gap, mention(0, 0, 0, 0, 0, Gap, 0, live)).

%   widest(+Step, -Gap): the widest gap that a step may cross (notation:gap/2).

widest(touching, 1).
widest(closeText(_), 2).
widest(sameClause(_), 3).
widest(nextClause(_), 4).
widest(sameSentence(_), 5).
widest(nearbyText(_), 6).
widest(uninterestedText(_), 7).
