:- module(dcg, [level/2]).

/** <module> The baseline: a grammar over characters

Judges a comment as in Fu et al. 2021 (J Med Internet Res 23(8):e26119): a definite clause grammar
over the list of its characters, in which rdfsSubclassOf//2 consumes any label of a concept or of
one below it, and uninterestedText//0 anything. label.py tells the labels.
*/

:- use_module(library(lists)).

:- dynamic
    label/3.                % Concept, Ontology, Characters

%!  level(+Comment:string, -Level) is det.

level(Comment, Level) :-
    string_chars(Comment, Characters),
    (   phrase(statement(suicideRisk(Level)), Characters)
    ->  true
    ;   Level = 0
    ).

statement(suicideRisk(10)) -->
    uninterestedText, rdfsSubclassOf(tonight, timeOntology),
    uninterestedText, rdfsSubclassOf(suicidalAct, suicideOntology),
    uninterestedText.
statement(suicideRisk(10)) -->
    uninterestedText, rdfsSubclassOf(suicidalAct, suicideOntology),
    uninterestedText, rdfsSubclassOf(tonight, timeOntology),
    uninterestedText.
statement(suicideRisk(9)) -->
    uninterestedText, rdfsSubclassOf(nearFuture, timeOntology),
    uninterestedText, rdfsSubclassOf(suicidalAct, suicideOntology),
    uninterestedText.
statement(suicideRisk(8)) -->
    uninterestedText, rdfsSubclassOf(farFuture, timeOntology),
    uninterestedText, rdfsSubclassOf(suicidalAct, suicideOntology),
    uninterestedText.
statement(suicideRisk(7)) -->
    uninterestedText, rdfsSubclassOf(suicideMethod, suicideOntology),
    uninterestedText.
statement(suicideRisk(6)) -->
    uninterestedText, rdfsSubclassOf(suicidePlan, suicideOntology),
    uninterestedText.
statement(suicideRisk(5)) -->
    uninterestedText, rdfsSubclassOf(strongDesire, wishOntology),
    uninterestedText, rdfsSubclassOf(wishToDie, wishOntology),
    uninterestedText.
statement(suicideRisk(4)) -->
    uninterestedText, rdfsSubclassOf(wishToDie, wishOntology),
    uninterestedText.
statement(suicideRisk(3)) -->
    uninterestedText, rdfsSubclassOf(severePain, wishOntology),
    uninterestedText.
statement(suicideRisk(2)) -->
    uninterestedText, rdfsSubclassOf(clearPain, wishOntology),
    uninterestedText.
statement(suicideRisk(1)) -->
    uninterestedText, rdfsSubclassOf(somePain, wishOntology),
    uninterestedText.

uninterestedText --> [].
uninterestedText --> [_], uninterestedText.

rdfsSubclassOf(Concept, Ontology) -->
    { label(Concept, Ontology, Characters) },
    Characters.
