:- module(level_02, [statement//1]).

/** <module> Level 2: pain of living clearly expressed, no wish
*/

:- use_module(treehole(notation)).

%!  statement(-Risk)// is nondet.

rule(clear_pain,
     says '明白说出崩溃、绝望、煎熬、无望一类的痛苦。',
     holds ['真是要崩溃了', '活着好累', '看不到希望'],
     fails ['有点难过', '没有崩溃，就是困']).
statement(suicideRisk(2, [Pain])) -->
    uninterestedText(_), rdfsSubclassOf(Pain, clearPain, wishOntology),
    uninterestedText(_).
