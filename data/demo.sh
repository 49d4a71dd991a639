#!/usr/bin/env bash
# The whole path on the demo world: scenes, graphs, negatives, benchmarks, trainings, a table and a picture.
#   data/demo.sh OUTPUT        `make demo` runs it on data/demo; run it again after an interruption, it resumes
# Sizes come from the environment, so that a test can ask for a small demo:
set -euo pipefail
out=${1:?usage: data/demo.sh OUTPUT}
: "${DEMO_TRAIN:=16000}" "${DEMO_VALIDATION:=300}" "${DEMO_TEST:=1000}"   # scenes
: "${DEMO_STEPS:=1500}"                                                   # training steps of each preset
: "${DEMO_SEED:=0}" "${DEMO_WORKERS:=2}"
world=$out/world
export OMP_NUM_THREADS=1   # two single-threaded trainings side by side are faster than one with two threads

say() { printf '\n== %s\n' "$*" >&2; }

say "scenes"
structclip-pipeline make-demo "$world" --train "$DEMO_TRAIN" --validation "$DEMO_VALIDATION" \
    --test "$DEMO_TEST" --unseen "$DEMO_TEST"

for part in train validation test; do
    say "graphs and negatives: $part"
    workers=0   # the small parts are one shard: starting workers would take longer than the work
    if [ "$part" = train ]; then workers=$DEMO_WORKERS; fi
    structclip-pipeline build-graphs "$world/captions_$part.json" --output "$out/graphs/$part" --workers "$workers"
    structclip-pipeline make-negatives "$out/graphs/$part" --output "$out/negatives/$part" \
        --per-caption 3 --workers "$workers"
done

say "benchmarks"
structclip-pipeline prepare-benchmark demo "$world/benchmark_test.json" \
    --images "$world/images" --output "$out/benchmark" --workers "$DEMO_WORKERS"
structclip-pipeline prepare-benchmark demo "$world/benchmark_unseen.json" \
    --images "$world/images" --output "$out/benchmark_unseen" --workers "$DEMO_WORKERS"

train() { # PRESET
    structclip-train --shards "$out/negatives/train" --images "$world/images" --validation "$out/negatives/validation" \
        --output "$out/runs/$1" --preset "$1" --model new:tiny --resume --set max_steps="$DEMO_STEPS" \
        --set seed="$DEMO_SEED" --set threads=1 --set log_every=100
}

say "training: three presets alike, from scratch"
train default &
first=$!
train infonce
train negclip
wait "$first"

say "evaluation"
structclip-evaluate "infonce=$out/runs/infonce" "negclip=$out/runs/negclip" "default=$out/runs/default" \
    --benchmarks "$out/benchmark" "$out/benchmark_unseen" --retrieval "$out/graphs/test" \
    --images "$world/images" --output "$out/results.json" --chart "$out/results"
structclip-export "$out/runs/default" --format clip --output "$out/clip"

say "done: $out/results.json, $out/results.png, and a plain CLIP for transformers in $out/clip"
