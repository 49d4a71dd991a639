"""make-negatives as plan and work: rows of the graphs table become rows of the negatives table, shard by shard."""

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any

from structclip_pipeline.graphs import parser_of
from structclip_pipeline.negatives.adding_positives import add_positives
from structclip_pipeline.negatives.adding_units import RULES as UNIT_RULES
from structclip_pipeline.negatives.adding_units import add_units
from structclip_pipeline.negatives.background import background_hash, with_background
from structclip_pipeline.negatives.contexts import CONTEXTS_KIND
from structclip_pipeline.negatives.corpus_pass import gather_statistics, load_contexts, load_counts
from structclip_pipeline.negatives.making import Demand, Made, make_negatives
from structclip_pipeline.negatives.neighbours import Neighbours, neighbours_from
from structclip_pipeline.negatives.positives import POSITIVE_RULES
from structclip_pipeline.negatives.replacement import REPLACEMENT_RULES
from structclip_pipeline.negatives.round_trip import Parse
from structclip_pipeline.negatives.statistics import KIND, NgramCounts
from structclip_pipeline.negatives.strategies import make_word_swaps
from structclip_pipeline.negatives.swap_attribute import RULE as ATTRIBUTE_RULE
from structclip_pipeline.negatives.swap_object import NOUN_RULE, PHRASE_RULE
from structclip_pipeline.negatives.swap_relation import RULE as RELATION_RULE
from structclip_pipeline.negatives.tagging import table_hash
from structclip_pipeline.negatives.thesaurus import table_hash as thesaurus_hash
from structclip_pipeline.negatives.word_swaps import POS_RULE, RANDOM_RULE
from structclip_pipeline.output import State, begin, state_of
from structclip_pipeline.plan import QUARANTINED, LeftOut, Plan, ShardResult, ShardTask
from structclip_pipeline.shards import Work
from structclip_pipeline.storage import absolute, describe, join, open_read
from structclip_schemas.dataset import Dataset, open_dataset, read_shard
from structclip_schemas.errors import InputError
from structclip_schemas.manifest import MANIFEST_NAME, canonical_json
from structclip_schemas.variant import DEFAULT_KINDS, NEGATIVE_KINDS

RULES = (ATTRIBUTE_RULE, PHRASE_RULE, NOUN_RULE, RELATION_RULE)
WORD_STRATEGIES = {"random": ("random_swap", RANDOM_RULE), "pos": ("pos_swap", POS_RULE)}
"""Kind and rule of the strategies that know no graph."""

GRAPH_KINDS = tuple(kind for kind in NEGATIVE_KINDS if kind.startswith(("swap_", "replace_")))
"""Kinds of the strategy ``graph``."""

STRATEGIES = ("graph", *WORD_STRATEGIES)


def open_graphs(location: str) -> Dataset:
    """Open the graphs dataset that negatives are made of; InputError when it is none."""
    return open_dataset(absolute(location), "graphs", open_read)


def demand_of(kinds: str | None, per_caption: int, seed: int, verify: str, strategy: str = "graph") -> Demand:
    """What the options ask for, kinds in table order. Raises InputError that names an unknown kind."""
    if strategy in WORD_STRATEGIES:
        return _word_demand(kinds, per_caption, seed, verify, strategy)
    asked = DEFAULT_KINDS if kinds is None else tuple(k.strip() for k in kinds.split(",") if k.strip())
    unknown = [k for k in asked if k not in GRAPH_KINDS]
    if unknown or not asked:
        raise InputError(
            f"--kinds {kinds}: unknown kind(s) {', '.join(unknown) or 'none given'}; "
            f"known are {', '.join(GRAPH_KINDS)}."
        )
    return Demand(tuple(k for k in GRAPH_KINDS if k in asked), per_caption, seed, verify)


def _word_demand(kinds: str | None, per_caption: int, seed: int, verify: str, strategy: str) -> Demand:
    kind = WORD_STRATEGIES[strategy][0]
    if kinds not in (None, kind):
        raise InputError(
            f"--kinds {kinds}: --strategy {strategy} makes {kind} alone. Leave --kinds out, or use --strategy graph."
        )
    return Demand((kind,), per_caption, seed, verify, strategy)


def require_parser(graphs: Dataset, parser: str, demand: Demand) -> None:
    """Check that the parser of the negatives is the one that made the graphs. Raises InputError that says both."""
    if not needs_parser(demand):
        return
    found, wanted = parser_of(parser).source, graphs.manifest.graph_source
    if found != wanted:
        raise InputError(
            f"{graphs.location}: graphs made by {wanted!r}, but --parser {parser} is {found!r}, so the readings of two "
            "parsers would be compared. Give the same --parser, or make the graphs again; --strategy graph "
            "--verify off needs no parser."
        )


def needs_parser(demand: Demand) -> bool:
    """Whether negatives are parsed: for the round trip, or for the triples of a strategy that knows no graph."""
    return demand.verify != "off" or demand.strategy in WORD_STRATEGIES


def plan_negatives(graphs: Dataset, strategy: str, demand: Demand, pinned: str | None) -> Plan:
    """
    Plan one task a graphs shard, with the graphs' bounds and order.

    ``pinned`` is the location of a statistics file: its sha256 is part of the plan. Without one the plan says that the
    statistics come from the graphs themselves. Nothing is written.
    """
    manifest = graphs.manifest
    parameters = {
        "strategy": strategy,
        "kinds": list(demand.kinds),
        "per_caption": demand.per_caption,
        "seed": demand.seed,
        "verify": demand.verify,
        **_strategy_parameters(strategy),
        **_replacement_parameters(demand),
        "positives": list(POSITIVE_RULES) if demand.positives else [],
        **_unit_parameters(demand),
        "statistics": _statistics_parameter(demand, pinned),
        **({} if demand.verify == "off" else {"background": background_hash()}),
        "graphs": sha256(canonical_json([s.sha256 for s in manifest.shards]).encode()).hexdigest(),
    }
    location = None if pinned is None else absolute(pinned)
    shards = tuple(
        ShardTask(index, shard.rows, {"shard": graphs.path(shard), "statistics": location})
        for index, shard in enumerate(manifest.shards)
    )
    parent = describe(join(graphs.location, MANIFEST_NAME)).sha256
    return Plan("negatives", parameters, manifest.inputs, manifest.graph_source, shards, parent)


def _strategy_parameters(strategy: str) -> dict[str, Any]:
    if strategy not in WORD_STRATEGIES:
        return {"rules": list(RULES)}
    rules = {"rules": [WORD_STRATEGIES[strategy][1]]}
    return rules if strategy == "random" else {**rules, "word_classes": table_hash()}


def needs_contexts(kinds: Iterable[str]) -> bool:
    """Whether words are replaced, by what the corpus' statistics tell of their contexts."""
    return any(kind.startswith("replace_") for kind in kinds)


def _replacement_parameters(demand: Demand) -> dict[str, Any]:
    if not needs_contexts(demand.kinds):
        return {}
    return {"rules": [*RULES, *REPLACEMENT_RULES], "thesaurus": thesaurus_hash()}


def _unit_parameters(demand: Demand) -> dict[str, Any]:
    return {"units": list(UNIT_RULES), "thesaurus": thesaurus_hash()} if demand.units else {}


def _statistics_parameter(demand: Demand, pinned: str | None) -> str | None:
    contexts = needs_contexts(demand.kinds) or demand.units
    if demand.verify == "off" and not contexts:
        return None
    if pinned is None:
        return f"{KIND} and {CONTEXTS_KIND} of the graphs" if contexts else f"{KIND} of the graphs"
    load_counts_checked(pinned)
    if contexts:
        load_contexts(absolute(pinned))
    return describe(absolute(pinned)).sha256


def load_counts_checked(location: str) -> NgramCounts:
    """Read a pinned statistics file. Raises InputError when it is not there or something else."""
    try:
        return load_counts(absolute(location))
    except FileNotFoundError as error:
        raise InputError(
            f"--statistics {location}: no such file. Give the statistics.parquet of a finished make-negatives run, or "
            "leave the option out to count the graphs' own captions."
        ) from error


def with_statistics(plan: Plan, output: str, *, workers: int, scheduler: str | None, overwrite: bool) -> Plan:
    """
    The plan with the location of its own statistics in every task, after the pass that counts them.

    Nothing is counted for a pinned file, where no statistics are needed, or when the folder holds the finished dataset.
    Raises PlanMismatchError when the folder belongs to another plan.
    """
    output = absolute(output)
    wanted = plan.parameters["statistics"] is not None and not all(t.payload["statistics"] for t in plan.shards)
    if not wanted or (not overwrite and state_of(output, plan) is State.FINISHED):
        return plan
    begin(output, plan)
    shards = [t.payload["shard"] for t in plan.shards]
    contexts = needs_contexts(plan.parameters["kinds"]) or "units" in plan.parameters
    location = gather_statistics(plan.hash, shards, output, workers, scheduler, contexts=contexts)
    tasks = [ShardTask(t.index, t.count, {**t.payload, "statistics": location}) for t in plan.shards]
    return Plan(plan.table, plan.parameters, plan.inputs, plan.graph_source, tuple(tasks), plan.parent)


def negatives_work(parser: str) -> Work:
    """The work function of make-negatives with the round trip's parser given as in ``--parser``."""
    return partial(negate_shard, parser)


def negate_shard(parser: str, parameters: Mapping[str, Any], task: ShardTask) -> ShardResult:
    """Make the negatives of one graphs shard: every row is kept but those quarantined."""
    demand = Demand(
        tuple(parameters["kinds"]),
        parameters["per_caption"],
        parameters["seed"],
        parameters["verify"],
        parameters["strategy"],
        bool(parameters["positives"]),
        "units" in parameters,
    )
    location = task.payload["shard"]
    with open_read(location) as file:
        rows = read_shard(file, location, "graphs").to_pylist()
    healthy = [row for number, row in enumerate(rows) if number not in task.quarantined]
    statistics = None if demand.verify == "off" else _statistics(task.payload["statistics"])
    parse = parser_of(parser).parse if needs_parser(demand) else None
    neighbours = _neighbours(task.payload["statistics"]) if needs_contexts(demand.kinds) else None
    made = _make(healthy, demand, statistics, parse, neighbours)
    if demand.positives:
        made = add_positives(made, demand.seed, demand.verify, statistics, parse)
    if demand.units:
        made = add_units(made, demand.seed, _neighbours(task.payload["statistics"]))
    left_out = [
        LeftOut(rows[number]["caption_id"], location.rsplit("/", 1)[-1], number, QUARANTINED, detail)
        for number, detail in sorted(task.quarantined.items())
    ]
    return ShardResult(made.rows, left_out, made.without_negative, made.counts)


def _make(
    rows: list[dict[str, Any]],
    demand: Demand,
    statistics: NgramCounts | None,
    parse: Parse | None,
    neighbours: Neighbours | None,
) -> Made:
    if demand.strategy in WORD_STRATEGIES and parse is not None:
        return make_word_swaps(rows, demand, statistics, parse)
    return make_negatives(rows, demand, statistics, parse, neighbours)


@lru_cache(maxsize=1)
def _statistics(location: str) -> NgramCounts:
    return with_background(load_counts(location))


@lru_cache(maxsize=1)
def _neighbours(location: str) -> Neighbours:
    return neighbours_from(load_contexts(location))
