/*  Mentions for the tests of the notation, described in a few words. */

:- module(mentions,
          [ gap/2,                  % ?Code, ?Name
            takes/2,                % :Body, +Specs
            solutions/4,            % ?Template, :Body, +Specs, -Solutions
            mentions/2,             % +Specs, -Mentions
            in_word/3,              % +Word, +Mask, -Words
            op(600, xfx, @)
          ]).

:- use_module(library(apply)).
:- use_module(library(error)).
:- use_module(library(lists)).
:- use_module(treehole(rulebase)).

gap(Code, Name) :-
    notation:gap(Code, Name).

%   takes(:Body, +Specs): Body, between any text, takes the mentions that Specs describe. A spec is
%   Concept@Gap, with the gap by its name in gap/2; final(Spec) ends its clause; out(Reason, Spec)
%   was ruled out.

:- meta_predicate takes(//, +), solutions(?, //, +, -).

takes(Body, Specs) :-
    mentions(Specs, Mentions),
    phrase(Body, Mentions, []),
    !.

solutions(Template, Body, Specs, Solutions) :-
    mentions(Specs, Mentions),
    findall(Template, phrase(Body, Mentions, []), Solutions).

mentions(Specs, Mentions) :-
    foldl(mention, Specs, Mentions, 0, _).

mention(out(Reason, Spec), mention(I, C0, C1, C2, C3, Gap, Final, Reason), I, J) :-
    !,
    mention(Spec, mention(I, C0, C1, C2, C3, Gap, Final, _), I, J).
mention(final(Spec), mention(I, C0, C1, C2, C3, Gap, 1, live), I, J) :-
    !,
    mention(Spec, mention(I, C0, C1, C2, C3, Gap, _, _), I, J).
mention(Concepts@Name, mention(I, C0, C1, C2, C3, Gap, 0, live), I, J) :-
    gap(Gap, Name),
    words(Concepts, C0, C1, C2, C3),
    J is I + 1.

in_word(Word, Mask, Words) :-
    findall(C, ( between(1, 4, W), ( W =:= Word -> C = Mask ; C = 0 ) ), Words).

words(A+B, C0, C1, C2, C3) :-
    !,
    words(A, A0, A1, A2, A3),
    words(B, B0, B1, B2, B3),
    C0 is A0 \/ B0, C1 is A1 \/ B1, C2 is A2 \/ B2, C3 is A3 \/ B3.
words(Concept, C0, C1, C2, C3) :-
    (   concept_mask(Concept, _, Word, Mask)
    ->  true
    ;   domain_error(concept, Concept)
    ),
    in_word(Word, Mask, [C0, C1, C2, C3]).
