:- module(level_06, [statement//1]).

/** <module> Level 6: a method is being planned, which one is not settled

A note, a pact, an inquiry, affairs being settled: preparation, with the way still open.
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(note,
     says '写遗书。',
     holds ['开始写遗书了', '给爸妈留了封信，压在枕头下'],
     fails ['书还没看完', '遗传的近视']).
statement(suicideRisk(6, [Note])) -->
    uninterestedText(_), rdfsSubclassOf(Note, suicideNote, suicideOntology),
    uninterestedText(_).

rule(several_methods,
     says '几种方式之间还没有选定。',
     holds ['跳楼还是烧炭', '跳楼太丑，割腕又怕疼'],
     fails ['我决定烧炭', '吃火锅还是烧烤']).
statement(suicideRisk(6, [Method])) -->
    uninterestedText(_), ruledOutMention(Method, suicideMethod, suicideOntology, undecided),
    uninterestedText(_).

rule(refused_method,
     says '想死，只是不用某种方式。',
     holds ['打算自杀，可我绝不跳楼', '不想活了，但不想跳河，水太冷'],
     fails ['我不会跳楼的', '不想自杀，也不想跳楼']).
statement(suicideRisk(6, [Wish, Method])) -->
    uninterestedText(_),
    eitherOrder(wanted(Wish), nearbyText(_),
                ruledOutMention(Method, suicideMethod, suicideOntology, negation)),
    uninterestedText(_).

wanted(Wish) --> rdfsSubclassOf(Wish, suicide, suicideOntology).
wanted(Wish) --> rdfsSubclassOf(Wish, lifeNotWanted, wishOntology).
wanted(Wish) --> rdfsSubclassOf(Wish, leavingTheWorld, wishOntology).
wanted(Wish) --> longing(Wish).

rule(all_feared,
     says '每种方式都怕，仍在想。',
     holds ['跳楼不敢，上吊也不敢'],
     fails ['跳楼不敢']).
statement(suicideRisk(6, [A, B])) -->
    uninterestedText(_), ruledOutMention(A, suicideMethod, suicideOntology, daunted),
    uninterestedText(_), ruledOutMention(B, suicideMethod, suicideOntology, daunted),
    uninterestedText(_).

rule(pact,
     says '约人一起死。',
     holds ['有没有人一起死', '求相约，坐标成都', '想死的可以联系我'],
     fails ['有没有人一起打球', '有人约饭吗']).
statement(suicideRisk(6, [Pact])) -->
    uninterestedText(_), rdfsSubclassOf(Pact, deathPact, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Seeking, Together])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Seeking, seeking, suicideOntology), sameClause(_),
                company(Together)),
    uninterestedText(_).
statement(suicideRisk(6, [Seeking, Taken])) -->
    uninterestedText(_),
    rdfsSubclassOf(Seeking, seeking, suicideOntology), nextClause(_),
    rdfsSubclassOf(Taken, beingTaken, wishOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Together, Question])) -->
    uninterestedText(_),
    company(Together), closeText(_), rdfsSubclassOf(Question, question, wishOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Wish, Together])) -->
    uninterestedText(_),
    wish(Wish), nextClause(_), clauseFinal(Together, together, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Appointment, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Appointment, appointment, suicideOntology), nearbyText(_),
                actOrDeath(Act)),
    uninterestedText(_).
statement(suicideRisk(6, [Appointment, Place])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Appointment, appointment, suicideOntology), sameSentence(_),
                rdfsSubclassOf(Place, administrativePlace, spaceOntology)),
    uninterestedText(_).

company(Together) --> rdfsSubclassOf(Together, dyingTogether, suicideOntology).
company(Together) -->
    rdfsSubclassOf(Together, together, suicideOntology), closeText(_), together(_).

together(Act) --> actOrDeath(Act).
together(Act) --> rdfsSubclassOf(Act, departure, wishOntology).

actOrDeath(Act) --> act(Act).
actOrDeath(Act) --> rdfsSubclassOf(Act, death, wishOntology).

rule(inquiry,
     says '打听怎样去死；在诉说许多痛苦时只是提到死法，不算。',
     holds ['怎么死最不疼', '有没有无痛的方法去死', '求不疼的法子',
            '好痛苦，好累，好绝望，怎么死最不疼'],
     fails ['有没有快的方法去机场', '这花怎么死了', '好痛苦，好累，好绝望，死的方法也想过']).
statement(suicideRisk(6, [Inquiry])) -->
    uninterestedText(_), pressing(Inquiry),
    uninterestedText(_).
statement(suicideRisk(6, [Inquiry, Painless])) -->
    uninterestedText(_),
    rdfsSubclassOf(Inquiry, howToDie, suicideOntology), closeText(_),
    rdfsSubclassOf(Painless, painless, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Inquiry])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_), rdfsSubclassOf(Inquiry, howToDie, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(6, [Way, Act])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Way, way, suicideOntology), nextClause(_), outright(Act)),
    uninterestedText(_).
statement(suicideRisk(6, [Way, Act])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_),
    eitherOrder(apart(Way), nextClause(_), act(Act)),
    uninterestedText(_).
statement(suicideRisk(6, [Way, Death])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Way, wayWord, suicideOntology), closeText(_),
                rdfsSubclassOf(Death, death, wishOntology)),
    uninterestedText(_).
statement(suicideRisk(6, [Asking, Painless, Way])) -->
    uninterestedText(_),
    asking(Asking), closeText(_),
    rdfsSubclassOf(Painless, painless, suicideOntology), closeText(_),
    rdfsSubclassOf(Way, way, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(6, [How, Act])) -->
    atMost(1, painOfLiving, wishOntology),
    uninterestedText(_),
    rdfsSubclassOf(How, how, suicideOntology), closeText(_), doneHow(Act),
    uninterestedText(_).

%!  pressing(-Inquiry)// is nondet.
%
%   A question that nobody asks in passing.

pressing(Inquiry) --> rdfsSubclassOf(Inquiry, painlessWay, suicideOntology).
pressing(Inquiry) --> rdfsSubclassOf(Inquiry, whatKills, suicideOntology).
pressing(Inquiry) --> rdfsSubclassOf(Inquiry, whereToDie, suicideOntology).
pressing(Inquiry) --> rdfsSubclassOf(Inquiry, looksLikeAccident, suicideOntology).
pressing(Inquiry) --> rdfsSubclassOf(Inquiry, assistedDying, suicideOntology).

%!  outright(-Act)// is nondet.
%
%   An act that is no mere "release": a way of release may be any.

outright(Act) --> rdfsSubclassOf(Act, suicidalAct, suicideOntology).
outright(Act) --> rdfsSubclassOf(Act, leavingTheWorld, wishOntology).
outright(Act) --> rdfsSubclassOf(Act, endingLife, wishOntology).
outright(Act) --> rdfsSubclassOf(Act, lifeNotWanted, wishOntology).
outright(Act) --> rdfsSubclassOf(Act, dying, wishOntology).
outright(Act) --> longing(Act).

apart(Way) --> rdfsSubclassOf(Way, painless, suicideOntology).
apart(Way) --> rdfsSubclassOf(Way, dose, suicideOntology).
apart(Way) --> rdfsSubclassOf(Way, adviceSought, suicideOntology).

asking(Asking) --> rdfsSubclassOf(Asking, seeking, suicideOntology).
asking(Asking) --> rdfsSubclassOf(Asking, how, suicideOntology).

doneHow(Act) --> rdfsSubclassOf(Act, suicidalAct, suicideOntology).
doneHow(Act) --> rdfsSubclassOf(Act, leavingTheWorld, wishOntology).

rule(at_peace,
     says '等心愿了却、等亲人走后，就可以安心地走。',
     holds ['等爸妈都走了，我也走', '看完这场雪就可以安心地走了'],
     fails ['等妈妈下班', '安心睡觉']).
statement(suicideRisk(6, [Peace])) -->
    uninterestedText(_), rdfsSubclassOf(Peace, atPeace, wishOntology),
    uninterestedText(_).
statement(suicideRisk(6, [After, Going])) -->
    uninterestedText(_),
    rdfsSubclassOf(After, afterTheirDeath, timeOntology), nextClause(_), parting(Going),
    uninterestedText(_).

rule(affairs,
     says '安排后事：密码、财物、捐献、宠物、丧葬。',
     holds ['把银行卡密码写给了妹妹', '存款都留给爸妈', '拍好遗照了'],
     fails ['忘了密码', '拍了全家福']).
statement(suicideRisk(6, [Affairs])) -->
    uninterestedText(_), rdfsSubclassOf(Affairs, finalAffairs, suicideOntology),
    uninterestedText(_).
