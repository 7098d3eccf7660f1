:- module(level_08, [statement//1]).

/** <module> Level 8: suicide planned, date roughly determined
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  statement(-Risk)// is nondet.

rule(dated_act,
     says '打算去死、去做或离开，日期大致已定。',
     holds ['生日那天去跳楼', '高考完就自杀', '等我还完债，我就去找你', '想在二十岁之前离开',
            '等过完生日就走'],
     fails ['生日那天去爬山', '想死。明年要考研']).
statement(suicideRisk(8, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Time, farFuture, timeOntology), sameSentence(_),
                rdfsSubclassOf(Act, suicidalAct, suicideOntology)),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Time, farFuture, timeOntology), nextClause(_), wishInTime(Act)),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Going])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), nextClause(_),
    wanting(_), touching, leaving(Going),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Going])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), sameSentence(_),
    rdfsSubclassOf(Going, leavingNow, wishOntology),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Going])) -->
    uninterestedText(_),
    wanting(_), closeText(_), rdfsSubclassOf(Time, farFuture, timeOntology), closeText(_),
    leaving(Going),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Going])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), nextClause(_),
    clauseFinal(Going, thenGoing, wishOntology),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Act])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), sameSentence(_),
    rdfsSubclassOf(_, will, wishOntology), touching, wishInTime(Act),
    uninterestedText(_).

rule(death_dated,
     says '到了某个日子就死。',
     holds ['放假就死', '过完年就死', '我要死在夏天', '五月还完花呗，八月死'],
     fails ['手机到年底就死机']).
statement(suicideRisk(8, [Time, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), nextClause(_), resolved(_), touching,
    rdfsSubclassOf(Death, death, wishOntology),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Death])) -->
    uninterestedText(_),
    resolved(_), touching, rdfsSubclassOf(Death, death, wishOntology), nextClause(_),
    rdfsSubclassOf(Time, farFuture, timeOntology),
    uninterestedText(_).
statement(suicideRisk(8, [Time, Death])) -->
    uninterestedText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology), touching,
    clauseFinal(Death, death, wishOntology),
    uninterestedText(_).

rule(cannot_outlast,
     says '撑不过某个时候。',
     holds ['我撑不过这个冬天', '活不到三十岁生日'],
     fails ['手机电池撑不过半天']).
statement(suicideRisk(8, [Outlast, Time])) -->
    uninterestedText(_),
    rdfsSubclassOf(Outlast, cannotOutlast, suicideOntology), closeText(_),
    rdfsSubclassOf(Time, farFuture, timeOntology),
    uninterestedText(_).

rule(date_chosen,
     says '定下了死期，在倒数。',
     holds ['日子定好了', '生命倒计时', '倒计时开始，等着解脱'],
     fails ['婚期定了', '高考倒计时']).
statement(suicideRisk(8, [Date])) -->
    uninterestedText(_), rdfsSubclassOf(Date, dateChosen, suicideOntology),
    uninterestedText(_).
statement(suicideRisk(8, [Countdown, Act])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Countdown, countdown, suicideOntology), sameSentence(_), act(Act)),
    uninterestedText(_).

rule(note_and_time,
     says '遗书已写好，等到一个时候。',
     holds ['遗书写好了，就等冬天', '遗书写好了，倒计时'],
     fails ['冬天写的作文']).
statement(suicideRisk(8, [Note, Time])) -->
    uninterestedText(_),
    eitherOrder(rdfsSubclassOf(Note, noteWritten, suicideOntology), sameSentence(_), awaited(Time)),
    uninterestedText(_).

awaited(Time) --> rdfsSubclassOf(Time, farFuture, timeOntology).
awaited(Time) --> rdfsSubclassOf(Time, countdown, suicideOntology).
