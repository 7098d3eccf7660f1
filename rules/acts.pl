:- module(acts,
          [ act//1,                 % -Act
            wish//1,                % -Wish
            wishInTime//1,          % -Wish
            method//1,              % -Method
            going//1,               % -Going
            leaving//1,             % -Leaving
            parting//1,             % -Parting
            near//1,                % -Time
            wanting//1,             % -Word
            resolved//1,            % -Word
            longing//1              % -Death
          ]).

/** <module> Parts that the rules of several levels share
*/

:- use_module(treehole(notation)).

%!  act(-Act)// is nondet.
%
%   What someone about to die would do: die, by whatever name or way.

act(Act) --> wish(Act).
act(Act) --> rdfsSubclassOf(Act, suicidalAct, suicideOntology).

%!  wish(-Wish)// is nondet.
%
%   Wanting to die, in words that need no other; or longing//1.

wish(Wish) --> rdfsSubclassOf(Wish, activeWish, wishOntology).
wish(Wish) --> longing(Wish).
wish(Wish) --> rdfsSubclassOf(Wish, dyingTogether, suicideOntology).

%!  wishInTime(-Wish)// is nondet.
%
%   What a date makes a plan. Wanting to die on a day, or because of it, is none.

wishInTime(Wish) --> rdfsSubclassOf(Wish, activeWish, wishOntology).
wishInTime(Wish) --> rdfsSubclassOf(Wish, dyingTogether, suicideOntology).

%!  method(-Method)// is nondet.
%
%   A way to die; "jump" is one only beside a high place.

method(Act) --> rdfsSubclassOf(Act, suicideMethod, suicideOntology).
method(Act) -->
    eitherOrder(rdfsSubclassOf(Act, leap, suicideOntology), nextClause(_),
                aHeight(_)).

%!  aHeight(-Place)// is nondet.
%
%   A high place, or standing on one.

aHeight(Place) --> rdfsSubclassOf(Place, highPlace, spaceOntology).
aHeight(Place) --> rdfsSubclassOf(Place, standing, suicideOntology).

%!  going(-Going)// is nondet.
%
%   Leaving, ending, meeting: words that mean death only beside a time that is near.

going(Act) --> rdfsSubclassOf(Act, departure, wishOntology).
going(Act) --> rdfsSubclassOf(Act, farewell, wishOntology).
going(Act) --> rdfsSubclassOf(Act, await, wishOntology).
going(Act) --> rdfsSubclassOf(Act, meetingYou, wishOntology).
going(Act) --> rdfsSubclassOf(Act, atPeace, wishOntology).
going(Act) --> rdfsSubclassOf(Act, trying, wishOntology).
going(Act) --> rdfsSubclassOf(Act, leap, suicideOntology).
going(Act) --> clauseFinal(Act, ending, wishOntology).

%!  leaving(-Leaving)// is nondet.
%
%   Words that mean death beside a time and a word such as "will".

leaving(Going) --> rdfsSubclassOf(Going, departure, wishOntology).
leaving(Going) --> rdfsSubclassOf(Going, meetingYou, wishOntology).
leaving(Going) --> rdfsSubclassOf(Going, goingAway, wishOntology).
leaving(Going) --> rdfsSubclassOf(Going, vanishing, wishOntology).

%!  parting(-Parting)// is nondet.
%
%   Words that mean death after "when that is done, I can …".

parting(Going) --> act(Going).
parting(Going) --> leaving(Going).
parting(Going) --> rdfsSubclassOf(Going, death, wishOntology).
parting(Going) --> rdfsSubclassOf(Going, ending, wishOntology).
parting(Going) --> rdfsSubclassOf(Going, leavingNow, wishOntology).
parting(Going) --> rdfsSubclassOf(Going, atPeace, wishOntology).

%!  near(-Time)// is nondet.
%
%   A time within the next days.

near(Time) --> rdfsSubclassOf(Time, tomorrow, timeOntology).
near(Time) --> rdfsSubclassOf(Time, dayAfterTomorrow, timeOntology).
near(Time) --> rdfsSubclassOf(Time, fewDays, timeOntology).
near(Time) --> rdfsSubclassOf(Time, nextWeek, timeOntology).
near(Time) --> rdfsSubclassOf(Time, daysFromNow, timeOntology).
near(Time) --> rdfsSubclassOf(Time, weekday, timeOntology).

%!  wanting(-Word)// is nondet.
%
%   "Want to", "will": a word that makes what follows the writer's own intention.

wanting(Word) --> rdfsSubclassOf(Word, desireCue, wishOntology).
wanting(Word) --> rdfsSubclassOf(Word, will, wishOntology).

%!  resolved(-Word)// is nondet.
%
%   "Will", "am going to", "must": a word that makes death right after it a decision.

resolved(Word) --> rdfsSubclassOf(Word, will, wishOntology).
resolved(Word) --> rdfsSubclassOf(Word, intention, wishOntology).
resolved(Word) --> rdfsSubclassOf(Word, strongDesire, wishOntology).

%!  longing(-Death)// is nondet.
%
%   A bare "die" right after a word of wanting.

longing(Death) -->
    rdfsSubclassOf(_, desireCue, wishOntology), touching,
    rdfsSubclassOf(Death, death, wishOntology).
