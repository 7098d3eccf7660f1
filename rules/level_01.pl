:- module(level_01, [statement//1]).

/** <module> Level 1: some pain of living expressed
*/

:- use_module(treehole(notation)).

%!  statement(-Risk)// is nondet.

rule(some_pain,
     says '说出了难过、孤独、失眠、压力一类的痛苦。',
     holds ['最近有点难过', '又是一夜失眠', '没有人懂我'],
     fails ['今天天气真好', '一点也不难过']).
statement(suicideRisk(1, [Pain])) -->
    uninterestedText(_), rdfsSubclassOf(Pain, somePain, wishOntology),
    uninterestedText(_).
