:- module(interest,
          [ needs/2,                % +Literals, -Alternatives
            speaks/2,               % +Literals, -Bits
            measures/2,             % +Literals, -Measures
            targets/3               % +Literals, +Mention, -Bits
          ]).

/** <module> What a clause of a rule is interested in

From the literals of a clause (compiler.pl) follows, before any comment is seen, which concepts must
occur for it to hold, which ones it looks for at all, which ones it can rule out, and how finely it
looks at distance. The caller asks a rule only about comments that have what it needs, and tells it no
more than it looks at.
*/

:- use_module(library(lists)).
:- use_module(library(ordsets)).

%!  needs(+Literals, -Alternatives:list(list(list))) is det.
%
%   For the literals to succeed, the comment must, for one of Alternatives, have a mention with a
%   bit of each of its groups. `r(Reason)` among the bits means that a mention must have been ruled
%   out for Reason.

needs([], [[]]).
needs([Literal|Literals], Alternatives) :-
    literal_needs(Literal, As),
    needs(Literals, Bs),
    findall(Groups, ( member(G1, As), member(G2, Bs), ord_union(G1, G2, Groups) ), Both),
    simplify(Both, Alternatives).

literal_needs(any(Bits, _, _), [[Bits]]) :- !.
literal_needs(out(Bits, _, Reason), [Groups]) :- !, sort([Bits, [r(Reason)]], Groups).
literal_needs(kinds(Bit, _, _, _, _), [[[Bit]]]) :- !.
literal_needs(or(Literals), Alternatives) :-
    !,
    findall(Groups, ( member(L, Literals), needs(L, As), member(Groups, As) ), Either),
    simplify(Either, Alternatives).
literal_needs(_, [[]]).

%   simplify(+Alternatives0, -Alternatives): two alternatives that differ in one group become one
%   with the union of the two groups; this keeps their number small and changes nothing.

simplify(Alternatives0, Alternatives) :-
    sort(Alternatives0, Sorted),
    (   select(A, Sorted, Rest0),
        select(B, Rest0, Rest),
        merged(A, B, C)
    ->  simplify([C|Rest], Alternatives)
    ;   Alternatives = Sorted
    ).

merged(A, B, C) :-
    ord_subtract(A, B, [GA]),
    ord_subtract(B, A, [GB]),
    ord_intersection(A, B, Common),
    ord_union(GA, GB, G),
    ord_union(Common, [G], C).
merged(A, B, A) :-
    ord_subset(A, B).

%!  speaks(+Literals, -Bits:list) is det.
%
%   Bits of all concepts that the literals look for; `k` before a bit means the direct subclasses of
%   that concept.

speaks(Literals, Bits) :-
    findall(Bit, ( simple(Literals, Literal), spoken(Literal, Bit) ), Bits0),
    sort(Bits0, Bits).

%   simple(+Literals, -Literal) is nondet: one of them that is no alternative.

simple(Literals, Literal) :-
    member(L, Literals),
    (   L = or(Alternatives)
    ->  member(Alternative, Alternatives),
        simple(Alternative, Literal)
    ;   Literal = L
    ).

spoken(any(Bits, _, _), Bit) :- member(Bit, Bits).
spoken(out(Bits, _, _), Bit) :- member(Bit, Bits).
spoken(avoid(Bit, _, _, _), Bit).
spoken(kinds(Bit, _, _, _, _), Bit).
spoken(kinds(Bit, _, _, _, _), Kinds) :- atom_concat(k, Bit, Kinds).

%!  measures(+Literals, -Measures:list) is det.
%
%   Gap codes (notation:gap/2) that the literals tell from the next smaller one; and `final` if they
%   ask whether a mention ends its clause.

measures(Literals, Measures) :-
    findall(Measure, ( simple(Literals, Literal), measured(Literal, Measure) ), Measures0),
    sort(Measures0, Measures).

measured(any(_, _, Final), final) :- nonvar(Final).
measured(kinds(_, _, _, _, _), 6).
measured(avoid(_, _, _, without(_, Barred, _, _)), Barred).
measured(avoid(_, _, _, opening(_, _)), 4).
measured(step(Call), Measure) :-
    step_measures(Call, Measures),
    member(Measure, Measures).

step_measures(touching, [2]).
step_measures(closeText(_), [3]).
step_measures(sameClause(_), [4]).
step_measures(nextClause(_), [4, 5]).
step_measures(sameSentence(_), [6]).
step_measures(nearbyText(_), [6, 7]).

%!  targets(+Literals, +Mention, -Bits:list) is det.
%
%   What the mention that a context rule rules out can be: what those literals look for that take it.

targets(Literals, Mention, Bits) :-
    findall(Bit,
            ( simple(Literals, Literal),
              arg(_, Literal, Argument),
              Argument == Mention,
              spoken(Literal, Bit)
            ),
            Bits0),
    sort(Bits0, Bits).
