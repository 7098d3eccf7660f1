#!/bin/sh
# The whole loop on the sample comments, from free labels to the model of the hard tier:
#
#   sh samples/loop.sh begin   labels by rules, the first model, and what students should see
#   (students correct that in the browser)
#   sh samples/loop.sh easy    the second model, and what psychologists should see
#   (psychologists correct that)
#   sh samples/loop.sh hard    the third model, and how good each of them is
#
# Each step can be stopped and called again. The results are in the folder LOOP (build/loop), the
# server is at the port PORT (8080).
set -eu
samples=$(dirname "$0")/comments.csv
loop=${LOOP:-build/loop}
campaign=$loop/campaign

model() {  # model NAME ARGUMENTS...: train it, unless that is done
    test -e "$loop/$1/training.json" || treehole train "$@" --out "$loop/$1" --batch 8
}

case ${1:-} in
begin)
    treehole label "$samples" --out "$loop/labels"
    model free --data "$loop/labels" --learning-rate 3e-4 --epochs 12 --with-rules
    treehole predict "$loop/labels" --model "$loop/free" --out "$loop/predictions-free"
    treehole annotate up --workspace "$campaign" --port "${PORT:-8080}"
    treehole annotate push --tier easy --from "$loop/predictions-free" --size 60 \
        --workspace "$campaign"
    ;;
easy)
    treehole annotate pull --tier easy --workspace "$campaign"
    model easy --data "$campaign/easy.parquet" --from "$loop/free"
    treehole predict "$loop/labels" --model "$loop/easy" --out "$loop/predictions-easy"
    treehole annotate push --tier hard --from "$loop/predictions-easy" --size 40 \
        --workspace "$campaign"
    ;;
hard)
    treehole annotate pull --tier hard --workspace "$campaign"
    model hard --data "$campaign/hard.parquet" --from "$loop/free" --levels --with-rules
    treehole evaluate --model "$loop/hard" --compare "$loop/easy" --compare "$loop/free" \
        --compare rules --data "$samples" --gold expert
    treehole annotate down --workspace "$campaign"
    ;;
*)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$0" >&2
    exit 2
    ;;
esac
