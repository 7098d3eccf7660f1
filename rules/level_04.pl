:- module(level_04, [statement//1]).

/** <module> Level 4: wish expressed, method and plan unclear
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(wish,
     says '想死，没有说怎样死、什么时候死。',
     holds ['我想死', '希望出个意外', '不想活了', '饭饭等我，那边冷不冷', '好想和这个世界说再见',
            '不是不想死，是还没想好', '不能不死了'],
     fails ['想死你了宝贝', '我不想死', '有点难过']).
statement(suicideRisk(4, [Desire, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Desire, desireCue, wishOntology), closeText(_), wished(Death),
    uninterestedText(_).
statement(suicideRisk(4, [Twice, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Twice, doubleNegation, wishOntology), touching, wished(Death),
    uninterestedText(_).
statement(suicideRisk(4, [Wish])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_), saidOutright(Wish),
    uninterestedText(_).
statement(suicideRisk(4, [Self, Wish])) -->
    uninterestedText(_),
    rdfsSubclassOf(Self, self, wishOntology), closeText(_), ownDeath(Wish),
    uninterestedText(_).
statement(suicideRisk(4, [Farewell])) -->
    uninterestedText(_), ruledOutMention(Farewell, farewell, wishOntology, only_wished),
    uninterestedText(_).
statement(suicideRisk(4, [Going])) -->
    uninterestedText(_), rdfsSubclassOf(Going, goingAway, wishOntology),
    uninterestedText(_).
statement(suicideRisk(4, [Await, World])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Await, await, wishOntology), sameSentence(_),
                rdfsSubclassOf(World, otherWorld, spaceOntology)),
    uninterestedText(_).

%!  wished(-Death)// is nondet.
%
%   What means death right after a word of wanting.

wished(Death) --> rdfsSubclassOf(Death, wishToDie, wishOntology).
wished(Death) --> rdfsSubclassOf(Death, death, wishOntology).
wished(Death) --> rdfsSubclassOf(Death, departure, wishOntology).
wished(Death) --> rdfsSubclassOf(Death, meetingYou, wishOntology).
wished(Death) --> rdfsSubclassOf(Death, ending, wishOntology).
wished(Death) --> rdfsSubclassOf(Death, goingAway, wishOntology).

%!  saidOutright(-Wish)// is nondet.
%
%   A wish that needs no word of wanting.

saidOutright(Wish) --> wish(Wish).
saidOutright(Wish) --> rdfsSubclassOf(Wish, notWakingUp, wishOntology).
saidOutright(Wish) --> rdfsSubclassOf(Wish, suicide, suicideOntology).

%!  ownDeath(-Wish)// is nondet.
%
%   What the writer says of their own death.

ownDeath(Wish) --> rdfsSubclassOf(Wish, vanishing, wishOntology).
ownDeath(Wish) --> rdfsSubclassOf(Wish, death, wishOntology).
ownDeath(Wish) --> ruledOutMention(Wish, death, wishOntology, hypothetical).
ownDeath(Wish) --> ruledOutMention(Wish, wishToDie, wishOntology, hypothetical).
