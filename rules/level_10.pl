:- module(level_10, [statement//1]).

/** <module> Level 10: suicide may be ongoing

The act has begun, or is to be done now, today or tonight; or the writer says goodbye to the world.
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(act_under_way,
     says '正在实施：药已吃下、手已割开、炭已点上，或人已在边缘。',
     holds ['药已经吞下去了', '炭点着了，门缝也封好了', '我坐在栏杆上', '我现在站在天台上'],
     fails ['药还没吃', '感冒药吃了', '蹲久了站起来眼前发黑']).
statement(suicideRisk(10, [Act])) -->
    uninterestedText(_), rdfsSubclassOf(Act, actUnderWay, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(10, [Fading, Sign])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Fading, fading, suicideOntology), sameSentence(_), signOfDying(Sign)),
    uninterestedText(_).
statement(suicideRisk(10, [Now, Place])) -->
    uninterestedText(_),
    eitherOrder(atThisMoment(Now), sameClause(_),
                rdfsSubclassOf(Place, standing, suicideOntology)),
    uninterestedText(_).

atThisMoment(Time) --> rdfsSubclassOf(Time, now, timeOntology).
atThisMoment(Time) --> rdfsSubclassOf(Time, atOnce, timeOntology).
atThisMoment(Time) --> rdfsSubclassOf(Time, tonight, timeOntology).

signOfDying(Sign) --> act(Sign).
signOfDying(Sign) --> rdfsSubclassOf(Sign, farewell, wishOntology).
signOfDying(Sign) --> rdfsSubclassOf(Sign, ingested, suicideOntology).
signOfDying(Sign) --> rdfsSubclassOf(Sign, means, suicideOntology).
signOfDying(Sign) --> rdfsSubclassOf(Sign, treeHole, wishOntology).

rule(just_done,
     says '刚刚做了：刚吃了药、刚割了手。',
     holds ['刚吃了安眠药'],
     fails ['刚吃了早饭']).
statement(suicideRisk(10, [Done, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Done, justDone, suicideOntology), closeText(_), doneWith(Act),
    uninterestedText(_).

doneWith(Act) --> method(Act).
doneWith(Act) --> rdfsSubclassOf(Act, means, suicideOntology).
doneWith(Act) --> rdfsSubclassOf(Act, ingested, suicideOntology).

rule(swallowed,
     says '吞下了许多药。',
     holds ['吃了三十片安眠药'],
     fails ['昨天吃了三十片安眠药，又醒了', '吃了两碗饭']).
statement(suicideRisk(10, [Amount, Drug])) -->
    absent(recentPast, timeOntology), absent(attemptOutcome, suicideOntology),
    uninterestedText(_),
    rdfsSubclassOf(Amount, ingested, suicideOntology), closeText(_), drug(Drug),
    uninterestedText(_).

drug(Drug) --> rdfsSubclassOf(Drug, overdose, suicideOntology).
drug(Drug) --> rdfsSubclassOf(Drug, drugMeans, suicideOntology).

rule(act_tonight,
     says '今晚就要去死、去做或离开。',
     holds ['今晚跳楼', '今晚就走', '今晚就死', '打算今天半夜上吊', '跳楼就在今晚'],
     fails ['今晚吃火锅', '想跳楼。好像今晚有雨，明天也有']).
statement(suicideRisk(10, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Time, tonight, timeOntology), sameSentence(_), act(Act)),
    uninterestedText(_).
statement(suicideRisk(10, [Time, Going])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Time, tonight, timeOntology), closeText(_), going(Going)),
    uninterestedText(_).
statement(suicideRisk(10, [Time, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, tonight, timeOntology), touching, dyingNow(Death),
    uninterestedText(_).
statement(suicideRisk(10, [Time, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, tonight, timeOntology), nextClause(_),
    rdfsSubclassOf(_, will, wishOntology), touching,
    rdfsSubclassOf(Death, death, wishOntology),
    uninterestedText(_).

dyingNow(Death) --> rdfsSubclassOf(Death, death, wishOntology).
dyingNow(Death) --> rdfsSubclassOf(Death, aboutToDie, wishOntology).

rule(act_at_once,
     says '马上就要去死或去做。',
     holds ['我现在就去跳楼', '马上去死'],
     fails ['马上去上班']).
statement(suicideRisk(10, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Time, atOnce, timeOntology), closeText(_), act(Act)),
    uninterestedText(_).

rule(act_now,
     says '现在就想用某种方式去死。',
     holds ['现在想跳楼'],
     fails ['现在想睡觉']).
statement(suicideRisk(10, [Time, Method])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, now, timeOntology), closeText(_), wanting(_), closeText(_),
    method(Method),
    uninterestedText(_).

rule(act_today,
     says '打算今天去死。',
     holds ['今天准备自杀', '想今天去死'],
     fails ['今天就要考试']).
statement(suicideRisk(10, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, today, timeOntology), closeText(_), meaning(_), closeText(_),
    rdfsSubclassOf(Act, suicidalAct, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(10, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(_, desireCue, wishOntology), closeText(_),
    rdfsSubclassOf(Time, today, timeOntology), closeText(_), act(Act),
    uninterestedText(_).

meaning(Word) --> rdfsSubclassOf(Word, intention, wishOntology).
meaning(Word) --> rdfsSubclassOf(Word, will, wishOntology).

rule(act_at_night,
     says '准备夜里、几点钟用某种方式去死。',
     holds ['晚上跳楼', '十二点我就跳河'],
     fails ['晚上吃面']).
statement(suicideRisk(10, [Time, Method])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, thisEvening, timeOntology), closeText(_), method(Method),
    uninterestedText(_).
statement(suicideRisk(10, [Time, Method])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, clockTime, timeOntology), sameSentence(_), method(Method),
    uninterestedText(_).

rule(setting_off,
     says '说自己这就去了。',
     holds ['我去跳楼了', '我先走一步'],
     fails ['我去上班了']).
statement(suicideRisk(10, [Going])) -->
    uninterestedText(_), rdfsSubclassOf(Going, settingOff, wishOntology),
    uninterestedText(_).

rule(note_and_going,
     says '遗书已写好，人要走了。',
     holds ['遗书写好了，再见', '遗书放好了，我走了'],
     fails ['写好作业，再见']).
statement(suicideRisk(10, [Note, Going])) -->
    uninterestedText(_),
    rdfsSubclassOf(Note, noteWritten, suicideOntology), sameSentence(_), afterNote(Going),
    uninterestedText(_).

afterNote(Going) --> rdfsSubclassOf(Going, farewell, wishOntology).
afterNote(Going) --> rdfsSubclassOf(Going, release, wishOntology).
afterNote(Going) --> rdfsSubclassOf(Going, atOnce, timeOntology).

rule(farewell_to_the_world,
     says '向世界作最后的告别。',
     holds ['再见了世界', '永别了', '来世再见'],
     fails ['再见，明天见', '好想和这个世界说再见']).
statement(suicideRisk(10, [Farewell])) -->
    uninterestedText(_), rdfsSubclassOf(Farewell, farewellToTheWorld, wishOntology),
    uninterestedText(_).

rule(farewell,
     says '说自己要走了，并与人告别。',
     holds ['我走了，各位保重', '妈妈对不起，我真的要走了'],
     fails ['我走了，去上班', '如果我走了，再见']).
statement(suicideRisk(10, [Going, Farewell])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Going, goingAway, wishOntology), nearbyText(_), besides(Farewell)),
    uninterestedText(_).
statement(suicideRisk(10, [Farewell, World])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Farewell, farewellToPeople, wishOntology), nextClause(_),
                rdfsSubclassOf(World, world, wishOntology)),
    uninterestedText(_).

%!  besides(-Farewell)// is nondet.
%
%   What makes "I am going" a farewell.

besides(Farewell) --> rdfsSubclassOf(Farewell, farewellToPeople, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, lastWords, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, await, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, treeHole, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, apology, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, clearPain, wishOntology).
besides(Farewell) --> rdfsSubclassOf(Farewell, severePain, wishOntology).

rule(farewell_at_the_place,
     says '人在楼顶、桥上、铁轨旁，向人告别。',
     holds ['楼顶风好大，拜拜了各位', '我在铁轨旁边，再见', '妈妈对不起，大桥上没有人'],
     fails ['江边风景真好，再见', '在大桥上和同学说，明天还要一起来']).
statement(suicideRisk(10, [Place, Farewell])) -->
    uninterestedText(_),
    eitherOrder(edge(Place), nextClause(_),
                rdfsSubclassOf(Farewell, farewellToPeople, wishOntology)),
    uninterestedText(_).

edge(Place) --> rdfsSubclassOf(Place, rooftop, spaceOntology).
edge(Place) --> rdfsSubclassOf(Place, bridge, spaceOntology).
edge(Place) --> rdfsSubclassOf(Place, railway, spaceOntology).

rule(last_night,
     says '说这是最后一夜。',
     holds ['这是最后一个夜晚了', '过了今晚就好了'],
     fails ['假期最后一天']).
statement(suicideRisk(10, [Night])) -->
    uninterestedText(_), rdfsSubclassOf(Night, lastNight, suicideOntology),
    uninterestedText(_).
