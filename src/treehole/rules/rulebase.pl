:- module(rulebase,
          [ rule/6,                 % Number, Id, Risk, Sentence, Examples, Place
            clause_of/6,            % Clause, Number, Head, Body, Module, Place
            part/4,                 % Module, Head, Body, Place
            normal/4,               % Clause, Number, Role, Literals
            concept/4,              % Name, Ontology, Bit, Place
            kinds/6,                % Name, Ontology, Mask0, Mask1, Mask2, Mask3
            gives/3,                % Clause, Evidence, Mentions
            rules_out/5,            % Clause, Reason, Cue, Mention, Mentions
            problem/3,              % Kind, Place, Text
            add/1,                  % +Fact
            forget/0,
            set_risk/2,             % +Number, +Risk
            concept_bit/4,          % +Name, +Ontology, +Place, -Bit
            concept_mask/4          % +Name, +Ontology, -Word, -Mask
          ]).

/** <module> What has been read from the rule files

  - `rule(Number, Id, Risk, Sentence, Examples, Place)`: a rule; Risk is a level, the reason of a
    context rule, or `unknown` while only its fact has been read; Examples is Holds-Fails.
  - `clause_of(Clause, Number, Head, Body, Module, Place)`: one of its clauses, by its own number,
    as written.
  - `part(Module, Head, Body, Place)`: a clause of a nonterminal that rules share.
  - `normal(Clause, Number, Role, Literals)`: the same clause as compiler.pl sees it; Role is
    `risk(Evidence)` or `context(Reason, Cue, Mention)`.
  - `concept(Name, Ontology, Bit, Place)`: a concept that rules speak of, the bit that stands for it,
    and where it is named first.
  - `kinds(Name, Ontology, Mask0, Mask1, Mask2, Mask3)`: bits for the direct subclasses of a concept that
    twoKindsOf//4 names; the caller tells.
  - `gives/3` and `rules_out/5`: the clauses, compiled.
  - `problem(Kind, Place, Text)`: what is wrong with them; Kind is `error` or `warning`.

Place is File:Line.
*/

:- dynamic
    rule/6,
    clause_of/6,
    part/4,
    normal/4,
    concept/4,
    kinds/6,
    gives/3,
    rules_out/5,
    problem/3.

%!  add(+Fact) is det.
%
%   Remember Fact, a fact or clause of one of the above.

add(Fact) :-
    assertz(Fact).

%!  forget is det.
%
%   Forget all of the above.

forget :-
    retractall(rule(_, _, _, _, _, _)),
    retractall(clause_of(_, _, _, _, _, _)),
    retractall(part(_, _, _, _)),
    retractall(normal(_, _, _, _)),
    retractall(concept(_, _, _, _)),
    retractall(kinds(_, _, _, _, _, _)),
    retractall(gives(_, _, _)),
    retractall(rules_out(_, _, _, _, _)),
    retractall(problem(_, _, _)).

%!  set_risk(+Number, +Risk) is det.
%
%   Note what the clauses of a rule are about.

set_risk(Number, Risk) :-
    retract(rule(Number, Id, _, Sentence, Examples, Place)),
    assertz(rule(Number, Id, Risk, Sentence, Examples, Place)).

%!  concept_bit(+Name, +Ontology, +Place, -Bit) is det.
%
%   The bit of a concept; one that is named for the first time, at Place, gets a new one.

concept_bit(Name, Ontology, _, Bit) :-
    concept(Name, Ontology, Bit, _),
    !.                                  % a concept has one bit
concept_bit(Name, Ontology, Place, Bit) :-
    predicate_property(concept(_, _, _, _), number_of_clauses(Bit)),
    assertz(concept(Name, Ontology, Bit, Place)).

%!  concept_mask(+Name, +Ontology, -Word, -Mask) is semidet.
%
%   The word, 1 to 4, and the mask in it that stand for a concept. Bits are dealt out over words of
%   59, the most that a tagged integer holds besides its sign.

concept_mask(Name, Ontology, Word, Mask) :-
    concept(Name, Ontology, Bit, _),
    !,                                  % a concept has one bit
    Word is Bit // 59 + 1,
    Mask is 1 << (Bit mod 59).
