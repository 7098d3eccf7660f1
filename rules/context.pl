:- module(context, [ruledOut//3]).

/** <module> Context: what does not count

Before any level is given, these rules say which mentions are not the writer's own present will:
because they are denied, held back, quoted, another's, dreamt, or long past. A mention ruled out
here is no evidence for a level, except for rules that ask for it by ruledOutMention//4.

The order matters: what an earlier rule ruled out is no cue for a later one.
*/

:- use_module(treehole(notation)).
:- use_module(acts).

%!  ruledOut(-Reason, -Cue, -Mention)// is nondet.

rule(advice,
     says '劝别人不要做，不是自己要做。',
     holds ['千万别跳楼', '你们别去割腕'],
     fails ['别人都睡了，我想自杀']).
ruledOut(advice, Cue, Act) -->
    rdfsSubclassOf(Cue, advice, wishOntology), closeText(_), bare(Act).

rule(reported,
     says '别人说的话、骂的话，不是自己的意愿。',
     holds ['他们都叫我跳楼', '她逼着我跳楼'],
     fails ['我跟他们说我想去死']).
ruledOut(reported, Cue, Act) -->
    rdfsSubclassOf(Cue, reportedSpeech, wishOntology), closeText(_), bare(Act).
ruledOut(reported, Cue, Act) -->
    rdfsSubclassOf(Cue, causingOthers, wishOntology), closeText(_),
    rdfsSubclassOf(_, self, wishOntology), touching, bare(Act).

rule(negation,
     says '紧挨着的否定词取消后面的话；“不得不”“不是不想”是双重否定，不取消。',
     holds ['我不会去跳楼的', '从来没想过自杀', '没有崩溃，就是困'],
     fails ['我不得不去死', '不是不想死，是还没轮到']).
ruledOut(negation, Cue, Claim) -->
    denial(Cue), touching, claim(Claim).
ruledOut(negation, Cue, Claim) -->
    rdfsSubclassOf(Cue, negation, wishOntology), closeText(_), bare(Claim).
ruledOut(negation, Cue, Note) -->
    rdfsSubclassOf(Cue, negation, wishOntology), closeText(_),
    rdfsSubclassOf(Note, suicideNote, suicideOntology).

rule(daunted,
     says '不敢、没勇气去做。',
     holds ['没勇气去跳河', '割腕我不敢'],
     fails ['不敢回家，想跳楼']).
ruledOut(daunted, Cue, Act) -->
    eitherOrder(notDaring(Cue), closeText(_), bare(Act)).
ruledOut(daunted, Cue, Act) -->
    notDaring(Cue), closeText(_), method(_), touching, method(Act).

rule(undecided,
     says '几种方式比来比去，或者样样都怕，还没有选定。',
     holds ['跳楼还是烧炭', '跳楼太丑，割腕又怕疼'],
     fails ['我决定烧炭', '怕疼，所以选烧炭']).
ruledOut(undecided, Choice, Method) -->
    rdfsSubclassOf(Method, suicideMethod, suicideOntology), closeText(_),
    rdfsSubclassOf(Choice, choice, wishOntology), closeText(_),
    rdfsSubclassOf(_, suicideMethod, suicideOntology).
ruledOut(undecided, Choice, Method) -->
    rdfsSubclassOf(_, suicideMethod, suicideOntology), closeText(_),
    rdfsSubclassOf(Choice, choice, wishOntology), closeText(_),
    rdfsSubclassOf(Method, suicideMethod, suicideOntology).
ruledOut(undecided, Fear, Method) -->
    eitherOrder(oneOfTwo(Method), nearbyText(_), rdfsSubclassOf(Fear, fearOfPain, wishOntology)).

rule(strong_enough,
     says '愿望强烈，牵挂拉不住：牵挂不作数。',
     holds ['我好想死，可是舍不得妈妈'],
     fails ['我想死，可是舍不得妈妈']).
ruledOut(strong_enough, Desire, Ties) -->
    rdfsSubclassOf(Desire, strongDesire, wishOntology), closeText(_), wishOrDeath(_),
    sameSentence(_), rdfsSubclassOf(Ties, ties, wishOntology).
ruledOut(strong_enough, Desire, Ties) -->
    rdfsSubclassOf(Ties, ties, wishOntology), sameSentence(_),
    rdfsSubclassOf(Desire, strongDesire, wishOntology), closeText(_), wishOrDeath(_).

rule(held_back,
     says '想死却又不敢、不能或舍不得：愿望被拉住。',
     holds ['想死，可是放不下妈妈', '想自杀，但我还不能死'],
     fails ['想死。周末回家看了妈妈']).
ruledOut(held_back, Cue, Wish) -->
    eitherOrder(wishOrDeath(Wish), sameSentence(_), holdingBack(Cue)).
ruledOut(held_back, Cue, Act) -->
    method(Act), sameSentence(_), rdfsSubclassOf(Cue, mustLive, wishOntology).

rule(other_person,
     says '说的是别人的死或别人的行为。',
     holds ['同学昨天跳楼了', '听说他自杀了', '好羡慕你能离开这个世界', '那个跳楼的女孩真年轻',
            '又看到跳桥的新闻', '我同学去年跳楼了', '室友说她想跳楼'],
     fails ['他说完我就想跳楼', '朋友们，我想自杀', '想跳楼的念头']).
ruledOut(other_person, Cue, Act) -->
    rdfsSubclassOf(_, self, wishOntology), touching, othersDo(Cue, Act).
ruledOut(other_person, Cue, Act) -->
    rdfsSubclassOf(_, saying, wishOntology), touching,
    rdfsSubclassOf(Cue, pronoun, wishOntology),
    clauseWithout(subjectShift, wishOntology), bare(Act).
ruledOut(other_person, Cue, Act) -->
    method(Act), touching, thoseWho(Cue).
ruledOut(other_person, Cue, Act) -->
    clauseOpening(subjectShift, wishOntology), othersDo(Cue, Act).
ruledOut(other_person, Cue, Act) -->
    rdfsSubclassOf(_, perception, wishOntology),
    clauseWithout(subjectShift, wishOntology), othersDo(Cue, Act).
ruledOut(other_person, Cue, Act) -->
    rdfsSubclassOf(Cue, secondPerson, wishOntology), closeText(_), othersAct(Act).
ruledOut(other_person, Cue, Act) -->
    rdfsSubclassOf(Cue, envy, wishOntology), closeText(_), othersAct(Act).
ruledOut(other_person, Cue, Note) -->
    rdfsSubclassOf(Cue, otherPerson, wishOntology), closeText(_),
    rdfsSubclassOf(Note, suicideNote, suicideOntology).

rule(dream,
     says '梦里的事。',
     holds ['昨晚梦见自己跳楼了'],
     fails ['做了个梦，醒来。我想跳楼']).
ruledOut(dream, Cue, Act) -->
    rdfsSubclassOf(Cue, dream, wishOntology), sameSentence(_), bare(Act).

rule(past_thought,
     says '从前想过，不等于现在要做。',
     holds ['初中的时候曾经想过自杀'],
     fails ['以前不懂，现在想自杀']).
ruledOut(past_thought, Cue, Act) -->
    rdfsSubclassOf(Cue, pastThought, wishOntology), closeText(_), bare(Act).

rule(only_wished,
     says '“想和世界说再见”是愿望，还不是告别。',
     holds ['好想和这个世界说再见'],
     fails ['和这个世界说再见了']).
ruledOut(only_wished, Desire, Farewell) -->
    desire(Desire), sameClause(_), goodbye(Farewell).

rule(optative,
     says '“要是……就好了”说的是愿望，不是设想：这里的“要是”不作数。',
     holds ['要是明天醒不过来就好了'],
     fails ['要是明天醒不过来，猫怎么办']).
ruledOut(optative, Good, If) -->
    rdfsSubclassOf(If, conditional, wishOntology), sameSentence(_),
    rdfsSubclassOf(Good, optative, wishOntology).

rule(counterfactual,
     says '“要不是……早就”说的是没有发生的事。',
     holds ['要不是还有猫要喂，我早就不在了', '舍不得孩子，不然早就自杀了'],
     fails ['我早就不在乎了']).
ruledOut(counterfactual, If, Gone) -->
    eitherOrder(rdfsSubclassOf(If, ifNotFor, wishOntology), sameSentence(_),
                rdfsSubclassOf(Gone, longGone, wishOntology)).

rule(rhetorical,
     says '“何必”“何苦”是反问，意思是不要。',
     holds ['何必自杀呢', '何苦去死'],
     fails ['为什么我还没去死']).
ruledOut(rhetorical, Question, Act) -->
    rdfsSubclassOf(Question, rhetorical, wishOntology), closeText(_), bare(Act).

rule(quoted,
     says '电影、小说、游戏、新闻里的事。',
     holds ['电影结尾跳楼那一段', '这本小说里又是跳河'],
     fails ['看完电影，我想跳楼']).
ruledOut(quoted, Cue, Act) -->
    story(Cue), clauseWithout(subjectShift, wishOntology), bare(Act).

rule(hypothetical,
     says '如果、万一、就算：只是设想。',
     holds ['如果我死了会有人难过吗', '万一想不开自杀，猫怎么办'],
     fails ['如果下雨就不出门，想死']).
ruledOut(hypothetical, Cue, Wish) -->
    rdfsSubclassOf(Cue, conditional, wishOntology), closeText(_), imagined(Wish).


		 /*******************************
		 *            PARTS             *
		 *******************************/

%!  claim(-Mention)// is nondet.
%!  bare(-Mention)// is nondet.
%
%   What can be denied: a claim of any kind; a wish or an act.

claim(Mention) --> bare(Mention).
claim(Mention) --> rdfsSubclassOf(Mention, suicidePlan, suicideOntology).
claim(Mention) --> rdfsSubclassOf(Mention, actUnderWay, suicideOntology).
claim(Mention) --> rdfsSubclassOf(Mention, means, suicideOntology).
claim(Mention) --> rdfsSubclassOf(Mention, farewell, wishOntology).
claim(Mention) --> rdfsSubclassOf(Mention, painOfLiving, wishOntology).

bare(Mention) --> rdfsSubclassOf(Mention, wishToDie, wishOntology).
bare(Mention) --> rdfsSubclassOf(Mention, death, wishOntology).
bare(Mention) --> rdfsSubclassOf(Mention, suicidalAct, suicideOntology).

denial(Cue) --> rdfsSubclassOf(Cue, not, wishOntology).
denial(Cue) --> rdfsSubclassOf(Cue, negation, wishOntology).

wishOrDeath(Wish) --> rdfsSubclassOf(Wish, wishToDie, wishOntology).
wishOrDeath(Wish) --> rdfsSubclassOf(Wish, death, wishOntology).
wishOrDeath(Wish) --> rdfsSubclassOf(Wish, suicide, suicideOntology).

notDaring(Cue) --> rdfsSubclassOf(Cue, fearOfDying, wishOntology).
notDaring(Cue) --> rdfsSubclassOf(Cue, notDaring, wishOntology).

holdingBack(Cue) --> rdfsSubclassOf(Cue, fearOfDying, wishOntology).
holdingBack(Cue) --> clauseFinal(Cue, notDaring, wishOntology).
holdingBack(Cue) --> rdfsSubclassOf(Cue, mustLive, wishOntology).
holdingBack(Cue) --> rdfsSubclassOf(Cue, wishToLive, wishOntology).
holdingBack(Cue) --> rdfsSubclassOf(Cue, ties, wishOntology).

oneOfTwo(Method) --> twoKindsOf(Method, _, suicideMethod, suicideOntology).
oneOfTwo(Method) --> twoKindsOf(_, Method, suicideMethod, suicideOntology).

othersDo(Cue, Act) -->
    rdfsSubclassOf(Cue, otherPerson, wishOntology),
    clauseWithout(subjectShift, wishOntology), bare(Act).

othersAct(Act) --> rdfsSubclassOf(Act, dying, wishOntology).
othersAct(Act) --> rdfsSubclassOf(Act, leavingTheWorld, wishOntology).
othersAct(Act) --> rdfsSubclassOf(Act, release, wishOntology).
othersAct(Act) --> rdfsSubclassOf(Act, death, wishOntology).
othersAct(Act) --> rdfsSubclassOf(Act, suicidalAct, suicideOntology).

thoseWho(Cue) --> rdfsSubclassOf(Cue, thoseWho, wishOntology).
thoseWho(Cue) --> rdfsSubclassOf(Cue, eventOf, wishOntology).

story(Cue) --> rdfsSubclassOf(Cue, fiction, wishOntology).
story(Cue) --> rdfsSubclassOf(Cue, news, wishOntology).

desire(Desire) --> rdfsSubclassOf(Desire, plainDesire, wishOntology).
desire(Desire) --> rdfsSubclassOf(Desire, strongDesire, wishOntology).

goodbye(Farewell) --> rdfsSubclassOf(Farewell, farewellToTheWorld, wishOntology).
goodbye(Farewell) --> rdfsSubclassOf(Farewell, goodbye, wishOntology).

imagined(Wish) --> rdfsSubclassOf(Wish, wishToDie, wishOntology).
imagined(Wish) --> rdfsSubclassOf(Wish, death, wishOntology).
imagined(Wish) --> rdfsSubclassOf(Wish, goingAway, wishOntology).
imagined(Wish) --> rdfsSubclassOf(Wish, leavingNow, wishOntology).
imagined(Wish) --> rdfsSubclassOf(Wish, suicide, suicideOntology).
