#!/usr/bin/env bash
# The whole path on the demo world: scenes, graphs, negatives, benchmark, three trainings, a table and a picture.
#   data/demo.sh OUTPUT        sizes come from the environment (see below); `make demo` uses the defaults
set -euo pipefail
out=${1:?usage: data/demo.sh OUTPUT}
: "${DEMO_TRAIN:=16000}" "${DEMO_VALIDATION:=500}" "${DEMO_TEST:=1000}"   # scenes
: "${DEMO_BASE_STEPS:=900}" "${DEMO_STEPS:=1200}"                         # training steps: the shared base, then each preset
: "${DEMO_WORKERS:=2}"

structclip-pipeline make-demo "$out/world" --train "$DEMO_TRAIN" --validation "$DEMO_VALIDATION" \
    --test "$DEMO_TEST" --unseen "$DEMO_TEST"

for part in train validation test unseen; do
    structclip-pipeline build-graphs "$out/world/captions_$part.json" --output "$out/graphs/$part" --workers "$DEMO_WORKERS"
    structclip-pipeline make-negatives "$out/graphs/$part" --output "$out/negatives/$part" --workers "$DEMO_WORKERS"
done

structclip-pipeline prepare-benchmark demo "$out/world/benchmark_test.json" \
    --images "$out/world/images" --output "$out/benchmark"
structclip-pipeline prepare-benchmark demo "$out/world/benchmark_unseen.json" \
    --images "$out/world/images" --output "$out/benchmark_unseen"
