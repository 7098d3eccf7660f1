/*  The shipped rules as an interactive grammar, and as they were compiled. The folder of the rules is
    the last argument, see test_notation.py.
*/

:- encoding(utf8).
:- use_module(library(apply)).
:- use_module(library(lists)).
:- use_module(library(plunit)).
:- use_module(library(random)).
:- use_module(library(yall)).
:- use_module(treehole(derivation)).
:- use_module(treehole(engine)).
:- use_module(treehole(interest)).
:- use_module(treehole(notation)).
:- use_module(treehole(rulebase)).
:- use_module(mentions).

:- begin_tests(shipped, [setup(load_shipped)]).

load_shipped :-
    current_prolog_flag(argv, Argv),
    last(Argv, Folder0),
    atom_string(Folder0, Folder),
    engine:ask("load", Folder, "="),
    % The methods that twoKindsOf//4 tells apart get bits beyond all others.
    add(kinds(suicideMethod, suicideOntology, 0, 0, 0, 0b111 << 56)).

%   What the context rule makes of mentions: Reason-Cue-Mention.

context(Specs, Found) :-
    mentions(Specs, Mentions),
    findall(Reason-Cue-Mention,
            phrase(( uninterestedText(_), context:ruledOut(Reason, Cue, Mention) ), Mentions, _),
            Found0),
    sort(Found0, Found).

test(negation_touches, Found == [negation-0-1]) :-
    context([not@first, wishToDie@touching, wishToDie@next_clause], Found).
test(a_small_not_must_touch, Found == []) :-
    context([not@first, wishToDie@close], Found).
test(a_full_negation_need_not, Found == [negation-0-1]) :-
    context([negation@first, wishToDie@close], Found).
test(negation_ends_with_its_clause, Found == []) :-
    context([negation@first, wishToDie@next_clause], Found).
test(negation_does_not_look_back, Found == []) :-
    context([wishToDie@first, negation@touching], Found).
test(not_daring_looks_both_ways, Found == [daunted-0-1, daunted-2-1]) :-
    context([notDaring@first, suicidalAct@close, notDaring@close], Found).

%   Every clause says the same compiled and as it stands, of mentions drawn by chance: most of them
%   of what the clause looks for.

test(compiled_as_written, Differences == []) :-
    set_random(seed(20)),
    findall(Clause-Mentions-Said-Meant,
            ( normal(Clause, _, Role, Literals),
              speaks(Literals, Bits0),
              include(integer, Bits0, Bits),
              between(1, 150, _),
              drawn(Bits, Mentions),
              compiled(Role, Clause, Mentions, Said),
              written(Clause, Mentions, Meant),
              Said \== Meant
            ),
            Differences).
test(most_clauses_have_held, true(Share > 0.8)) :-
    set_random(seed(21)),
    findall(Clause,
            ( normal(Clause, _, Role, Literals),
              speaks(Literals, Bits0),
              include(integer, Bits0, Bits),
              once(( between(1, 400, _), drawn(Bits, Mentions),
                     compiled(Role, Clause, Mentions, [_|_]) ))
            ),
            Held),
    aggregate_all(count, normal(_, _, _, _), All),
    length(Held, Number),
    Share is Number / All.

%   What a compiled clause says can be derived from the clause as it stands.

test(all_can_be_derived, Missing == []) :-
    set_random(seed(22)),
    findall(Clause-Mentions-Asked,
            ( normal(Clause, Number, Role, Literals),
              speaks(Literals, Bits0),
              include(integer, Bits0, Bits),
              between(1, 50, _),
              drawn(Bits, Mentions),
              said(Role, Clause, Mentions, Asked),
              \+ derivation(Number, Asked, Mentions, _, _)
            ),
            Missing).

said(risk(_), Clause, Mentions, held(Evidence)) :-
    gives(Clause, Evidence, Mentions).
said(context(_, _, _), Clause, Mentions, out(Cue, Mention)) :-
    rules_out(Clause, _, Cue, Mention, Mentions).

drawn(Bits, Mentions) :-
    random_between(1, 5, Length),
    numlist(1, Length, Indexes),
    maplist(one(Bits), Indexes, Mentions).

one(Bits, Index, mention(Index, C0, C1, C2, C3, Gap, Final, Standing)) :-
    findall(Bit, ( between(1, 2, _), random_member(Bit, Bits) ), Own),
    random_between(233, 235, Kind),
    concept(suicideMethod, suicideOntology, Method, _),
    random_member(Kinds, [[], [Kind, Method]]),
    random_between(0, 232, Other),
    append(Kinds, [Other|Own], All),
    foldl([Bit, Set0, Set]>>( Set is Set0 \/ 1 << Bit ), All, 0, Concepts),
    Word is (1 << 59) - 1,
    C0 is Concepts /\ Word,
    C1 is Concepts >> 59 /\ Word,
    C2 is Concepts >> 118 /\ Word,
    C3 is Concepts >> 177,
    ( Index =:= 1 -> Gap = 0 ; random_between(1, 7, Gap0), Gap is min(Gap0, 8 - Gap0 mod 3) ),
    random_between(0, 1, Final),
    random_member(Standing, [live, live, live, held_back, daunted, dream, undecided, hypothetical]).

compiled(risk(Evidence), Clause, Mentions, Said) :-
    findall(Evidence0, gives(Clause, Evidence0, Mentions), Said0),
    sort(Said0, Said),
    ignore(Evidence = []).
compiled(context(_, _, _), Clause, Mentions, Said) :-
    findall(Reason-Cue-Mention, rules_out(Clause, Reason, Cue, Mention, Mentions), Said0),
    sort(Said0, Said).

written(Clause, Mentions, Meant) :-
    clause_of(Clause, _, Head, Body, Module, _),
    (   Head = statement(suicideRisk(_, Evidence))
    ->  findall(Evidence, phrase(Module:Body, Mentions, []), Meant0)
    ;   Head = ruledOut(Reason, Cue, Mention),
        findall(Reason-Cue-Mention, phrase(Module:( uninterestedText(_), Body ), Mentions, _),
                Meant0)
    ),
    sort(Meant0, Meant).

:- end_tests(shipped).
