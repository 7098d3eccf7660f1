:- module(level_07, [statement//1]).

/** <module> Level 7: method determined, date not
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(method,
     says '说出了一种自杀方式。',
     holds ['我想跳楼', '决定烧炭', '好想从天台跳下去'],
     fails ['跳楼还是烧炭', '同学昨天跳楼了', '跳舞跳到腿软']).
statement(suicideRisk(7, [Method])) -->
    uninterestedText(_), method(Method),
    uninterestedText(_).

rule(means_to_die,
     says '想着某种东西能不能致死。',
     holds ['吃安眠药会死吗', '农药多久能死', '决定吃安眠药死', '用皮带结束自己'],
     fails ['睡前吃安眠药', '农药味好重']).
statement(suicideRisk(7, [Means, Purpose])) -->
    uninterestedText(_),
    eitherOrder(substance(Means), sameSentence(_), purpose(Purpose)),
    uninterestedText(_).
statement(suicideRisk(7, [Means, Death])) -->
    uninterestedText(_),
    substance(Means), closeText(_), rdfsSubclassOf(Death, death, wishOntology),
    uninterestedText(_).
statement(suicideRisk(7, [Means, Act])) -->
    uninterestedText(_),
    lethalMeans(Means), closeText(_), rdfsSubclassOf(Act, endingLife, wishOntology),
    uninterestedText(_).

purpose(Act) --> act(Act).
purpose(Act) --> rdfsSubclassOf(Act, methodInquiry, suicideOntology).
purpose(Act) --> rdfsSubclassOf(Act, wayWord, suicideOntology).
purpose(Act) --> rdfsSubclassOf(Act, lethality, suicideOntology).
purpose(Act) --> rdfsSubclassOf(Act, passiveWish, wishOntology).

rule(procured,
     says '备好了所需之物。',
     holds ['木炭买好了', '攒了两瓶安眠药', '绳子准备好了', '带着木炭去宾馆'],
     fails ['菜买好了', '烧烤用的铁签买好了']).
statement(suicideRisk(7, [Means])) -->
    uninterestedText(_), rdfsSubclassOf(Means, procurement, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(7, [Means, Ready])) -->
    uninterestedText(_),
    eitherOrder(lethalMeans(Means), closeText(_), rdfsSubclassOf(Ready, ready, suicideOntology)),
    uninterestedText(_).
statement(suicideRisk(7, [Charcoal, Room])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Charcoal, charcoalMeans, suicideOntology), sameSentence(_),
                rdfsSubclassOf(Room, rentedRoom, spaceOntology)),
    uninterestedText(_).
statement(suicideRisk(7, [Buying, Means])) -->
    uninterestedText(_),
    rdfsSubclassOf(Buying, buying, suicideOntology), closeText(_), deadly(Means),
    uninterestedText(_).

substance(Means) --> deadly(Means).
substance(Means) --> rdfsSubclassOf(Means, charcoalMeans, suicideOntology).

lethalMeans(Means) --> substance(Means).
lethalMeans(Means) --> rdfsSubclassOf(Means, cuttingMeans, suicideOntology).
lethalMeans(Means) --> rdfsSubclassOf(Means, ropeMeans, suicideOntology).

deadly(Means) --> rdfsSubclassOf(Means, sleepingPills, suicideOntology).
deadly(Means) --> rdfsSubclassOf(Means, poisonMeans, suicideOntology).
