:- module(level_03, [statement//1]).

/** <module> Level 3: strong pain of living, no wish expressed

A wish that is held back, or that stands alone among complaints, is no wish, but it is strong pain.
*/

:- use_module(treehole(notation)).

%!  statement(-Risk)// is nondet.

rule(restrained_wish,
     says '想死而不敢、不能、不舍，或只是从前想过。',
     holds ['想死，可是放不下妈妈', '没勇气去跳河', '要不是还有猫要喂，我早就不在了'],
     fails ['我想死', '求你别自杀']).
statement(suicideRisk(3, [Wish])) -->
    uninterestedText(_), restrained(Wish),
    uninterestedText(_).

restrained(Wish) --> ruledOutMention(Wish, wishToDie, wishOntology, held_back).
restrained(Wish) --> ruledOutMention(Wish, wishToDie, wishOntology, daunted).
restrained(Wish) --> ruledOutMention(Wish, death, wishOntology, held_back).
restrained(Wish) --> ruledOutMention(Wish, death, wishOntology, daunted).
restrained(Wish) --> ruledOutMention(Wish, suicidalAct, suicideOntology, daunted).
restrained(Wish) --> ruledOutMention(Wish, suicidalAct, suicideOntology, held_back).
restrained(Wish) --> ruledOutMention(Wish, suicidalAct, suicideOntology, past_thought).
restrained(Wish) --> ruledOutMention(Wish, activeWish, wishOntology, past_thought).
restrained(Wish) --> ruledOutMention(Wish, death, wishOntology, past_thought).
restrained(Wish) --> ruledOutMention(Wish, longGone, wishOntology, counterfactual).

rule(severe_pain,
     says '痛苦到了极限：撑不下去、活不下去、厌弃世界。',
     holds ['我撑不下去了', '这样的日子生不如死'],
     fails ['好痛苦', '再难也撑得下去']).
statement(suicideRisk(3, [Pain])) -->
    uninterestedText(_), rdfsSubclassOf(Pain, severePain, wishOntology),
    uninterestedText(_).

rule(wish_amid_pain,
     says '话里提到死、自杀或不再醒来。',
     holds ['每天都很压抑，很累，活够了', '满脑子是自杀'],
     fails ['累死了', '我不会自杀']).
statement(suicideRisk(3, [Wish])) -->
    uninterestedText(_), bareWish(Wish),
    uninterestedText(_).

bareWish(Wish) --> rdfsSubclassOf(Wish, activeWish, wishOntology).
bareWish(Wish) --> rdfsSubclassOf(Wish, notWakingUp, wishOntology).
bareWish(Wish) --> rdfsSubclassOf(Wish, suicide, suicideOntology).
