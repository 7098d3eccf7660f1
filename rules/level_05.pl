:- module(level_05, [statement//1]).

/** <module> Level 5: strong wish, no clear mode
*/

:- use_module(treehole(notation)).

%!  statement(-Risk)// is nondet.

rule(strong_wish,
     says '强烈地想死。',
     holds ['我好想死', '满脑子都是死', '太想离开这个世界了'],
     fails ['我想死', '好想吃火锅']).
statement(suicideRisk(5, [Desire, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Desire, strongDesire, wishOntology), closeText(_), longedFor(Death),
    uninterestedText(_).
statement(suicideRisk(5, [Wish])) -->
    uninterestedText(_), rdfsSubclassOf(Wish, strongWish, wishOntology),
    uninterestedText(_).

longedFor(Death) --> rdfsSubclassOf(Death, wishToDie, wishOntology).
longedFor(Death) --> rdfsSubclassOf(Death, death, wishOntology).
longedFor(Death) --> rdfsSubclassOf(Death, suicide, suicideOntology).

rule(self_harm,
     says '伤害自己。',
     holds ['又忍不住自残了', '用刀在手臂上划了几下'],
     fails ['切菜切到手了']).
statement(suicideRisk(5, [Harm])) -->
    uninterestedText(_), rdfsSubclassOf(Harm, selfHarm, suicideOntology),
    uninterestedText(_).

rule(dream_of_dying,
     says '梦见自己用某种方式死去。',
     holds ['昨晚梦见自己跳楼了'],
     fails ['梦见考试迟到']).
statement(suicideRisk(5, [Method])) -->
    uninterestedText(_), ruledOutMention(Method, suicideMethod, suicideOntology, dream),
    uninterestedText(_).
