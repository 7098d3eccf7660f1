:- module(level_09, [statement//1]).

/** <module> Level 9: method determined, may act in the near future

An act planned within days, or an attempt that failed a short while ago.
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(act_soon,
     says '近几天内要去死、去做或离开。',
     holds ['明天去跳楼', '后天我就去找你', '周六烧炭', '再给自己三天时间'],
     fails ['明天去爬山', '想跳楼。明天要考试，后天也是']).
statement(suicideRisk(9, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(near(Time), sameSentence(_), rdfsSubclassOf(Act, suicidalAct, suicideOntology)),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(near(Time), nextClause(_), wishInTime(Act)),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Going])) -->
    uninterestedText(_),
    near(Time), closeText(_), wanting(_), closeText(_), goingSoon(Going),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Meeting])) -->
    uninterestedText(_),
    near(Time), nextClause(_), rdfsSubclassOf(_, will, wishOntology), closeText(_),
    rdfsSubclassOf(Meeting, meetingYou, wishOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Goodbye])) -->
    uninterestedText(_),
    nearOrSoon(Time), nextClause(_), rdfsSubclassOf(_, will, wishOntology), touching,
    rdfsSubclassOf(Goodbye, farewellToPeople, wishOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Intention, Time, Trying])) -->
    uninterestedText(_),
    rdfsSubclassOf(Intention, intention, wishOntology), closeText(_), near(Time), closeText(_),
    rdfsSubclassOf(Trying, trying, wishOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Plan])) -->
    uninterestedText(_),
    eitherOrder(near(Time), sameSentence(_), rdfsSubclassOf(Plan, suicidePlan, suicideOntology)),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Acting])) -->
    uninterestedText(_),
    near(Time), closeText(_), clauseFinal(Acting, acting, wishOntology),
    uninterestedText(_).

goingSoon(Going) --> leaving(Going).
goingSoon(Going) --> rdfsSubclassOf(Going, leap, suicideOntology).

nearOrSoon(Time) --> near(Time).
nearOrSoon(Time) --> rdfsSubclassOf(Time, soon, timeOntology).

rule(death_tomorrow,
     says '明天就死、就走。',
     holds ['明天就死', '后天走'],
     fails ['明天就去上班']).
statement(suicideRisk(9, [Time, Death])) -->
    uninterestedText(_),
    near(Time), closeText(_), resolved(_), touching,
    rdfsSubclassOf(Death, death, wishOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Going])) -->
    uninterestedText(_),
    near(Time), touching, clauseFinal(Going, departure, wishOntology),
    uninterestedText(_).

rule(leaving_soon,
     says '很快就要去找逝者、离开世界。',
     holds ['很快就离开这个世界', '饭饭，我要来了，就在月底'],
     fails ['很快就下班了']).
statement(suicideRisk(9, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, soon, timeOntology), nextClause(_), act(Act),
    uninterestedText(_).
statement(suicideRisk(9, [Coming, Time])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Coming, onMyWay, wishOntology), nextClause(_),
                rdfsSubclassOf(Time, nearFuture, timeOntology)),
    uninterestedText(_).

rule(coming,
     says '对逝者说自己来了：不是“想”，是动身。',
     holds ['饭饭，我来找你了', '我这就去陪你了，走饭'],
     fails ['饭饭，我想去找你了', '老王，我来找你了']).
statement(suicideRisk(9, [TreeHole, Coming])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(TreeHole, treeHole, wishOntology), nearbyText(_),
                rdfsSubclassOf(Coming, comingToYou, wishOntology)),
    uninterestedText(_).

rule(failed_attempt,
     says '试过自杀而没有死成。',
     holds ['自杀未遂', '割腕被救回来了', '上吊绳子断了'],
     fails ['考试又失败了', '绳子断了，快递散了一地']).
statement(suicideRisk(9, [Attempt])) -->
    uninterestedText(_), rdfsSubclassOf(Attempt, pastAttempt, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Act, Outcome])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Act, suicidalAct, suicideOntology), sameSentence(_),
                rdfsSubclassOf(Outcome, attemptOutcome, suicideOntology)),
    uninterestedText(_).
statement(suicideRisk(9, [Act, Failure])) -->
    uninterestedText(_),
    rdfsSubclassOf(Act, suicidalAct, suicideOntology), closeText(_),
    rdfsSubclassOf(Failure, failure, suicideOntology),
    uninterestedText(_).

rule(recent_attempt,
     says '不久前做过，或差点做了。',
     holds ['差点就跳下去了', '昨晚割腕了', '前天差点自杀', '刚被人从水里捞上来'],
     fails ['差点迟到', '昨晚想家了']).
statement(suicideRisk(9, [Near])) -->
    uninterestedText(_), rdfsSubclassOf(Near, nearAttempt, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, recentPast, timeOntology), sameSentence(_), method(Act),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Leap])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, recentPast, timeOntology), closeText(_),
    rdfsSubclassOf(_, desireCue, wishOntology), touching,
    rdfsSubclassOf(Leap, leap, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, recentPast, timeOntology), sameSentence(_),
    rdfsSubclassOf(Act, ingested, suicideOntology), closeText(_),
    rdfsSubclassOf(_, drugMeans, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Tried, Outcome])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, recentPast, timeOntology), sameSentence(_), tried(Tried), sameSentence(_),
    rdfsSubclassOf(Outcome, attemptOutcome, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(9, [Time, Rescue])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, justNow, timeOntology), sameClause(_),
    rdfsSubclassOf(Rescue, heldBackBy, suicideOntology),
    uninterestedText(_).

%!  tried(-Tried)// is nondet.
%
%   What, followed by how it failed, was an attempt.

tried(Tried) --> rdfsSubclassOf(Tried, didNotDie, suicideOntology).
tried(Tried) --> rdfsSubclassOf(Tried, meansFailed, suicideOntology).
tried(Tried) --> rdfsSubclassOf(Tried, standing, suicideOntology).
tried(Tried) --> rdfsSubclassOf(Tried, ingested, suicideOntology).

rule(place_soon,
     says '很快就要去高处、铁轨：说了时间，也说了“就去”。',
     holds ['明天发了工资，我就去天台', '周五我去楼顶'],
     fails ['明天去天台晒被子', '楼顶明天修水管']).
statement(suicideRisk(9, [Time, Place])) -->
    uninterestedText(_),
    nearOrAtOnce(Time), sameSentence(_),
    rdfsSubclassOf(_, self, wishOntology), closeText(_), resolved(_), closeText(_), place(Place),
    uninterestedText(_).

nearOrAtOnce(Time) --> near(Time).
nearOrAtOnce(Time) --> rdfsSubclassOf(Time, atOnce, timeOntology).
nearOrAtOnce(Time) --> rdfsSubclassOf(Time, tonight, timeOntology).

place(Place) --> clauseFinal(Place, highPlace, spaceOntology).
place(Place) --> clauseFinal(Place, railway, spaceOntology).

rule(waiting_for_means,
     says '所需之物正在路上，等到了就做。',
     holds ['木炭买好了，明天到', '买了农药，等我', '安眠药后天到货'],
     fails ['快递明天到']).
statement(suicideRisk(9, [Means, Time])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Means, procurement, suicideOntology), sameSentence(_),
                arrival(Time)),
    uninterestedText(_).
statement(suicideRisk(9, [Means, Time, Ready])) -->
    uninterestedText(_),
    rdfsSubclassOf(Means, means, suicideOntology), closeText(_),
    near(Time), closeText(_), rdfsSubclassOf(Ready, ready, suicideOntology),
    uninterestedText(_).

arrival(Time) --> rdfsSubclassOf(Time, nearFuture, timeOntology).
arrival(Time) --> rdfsSubclassOf(Time, afterCondition, timeOntology).
arrival(Time) --> rdfsSubclassOf(Time, await, wishOntology).
