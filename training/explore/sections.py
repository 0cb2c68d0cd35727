"""What a report says: statistics put into words, tables and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from operations.report.content import Picture, Section, Table, Tile, percent
from operations.report.discriminative_words import tell_exactness, telling_section
from operations.report.log_odds import Words
from training.explore import figures
from training.explore.growth import Growth
from training.explore.lengths import Lengths
from training.explore.statistics import Group, Statistics
from training.explore.traits import TRAITS, Share

_VOCABULARY_SIZES = (1_000, 5_000, 10_000, 20_000, 30_000, 50_000, 100_000, 200_000)
_TOKEN_LIMITS = (16, 24, 32, 48, 64)
_CLASSES = ("negative", "positive")


def make_tiles(found: Statistics) -> tuple[Tile, ...]:
    """Return the numbers that a reader wants first."""
    return (
        Tile(f"{found.total.total:,}", "labelled tweets"),
        Tile(percent(found.total.positive, found.total.total), "positive"),
        Tile(f"{found.copies.texts:,}", "distinct texts"),
        Tile(f"{found.copies.contradicting:,}", "texts with both labels"),
        Tile(f"{found.tokens.quantile(0.5)}", "tokens in the median tweet"),
        Tile(f"{found.growth.total:,}", "distinct words"),
    )


def make_sections(found: Statistics) -> tuple[Section, ...]:
    """Return the sections of a report, figures included."""
    return (
        _balance(found),
        _copies(found),
        _lengths(found.characters, found.tokens),
        telling_section(found.words),
        _growth(found),
        _traits(found),
    )


def _balance(found: Statistics) -> Section:
    total = found.total
    groups = (total, *_parts("file", found.files), *_parts("sample", found.samples))
    larger = max(total.negative, total.positive)
    return Section(
        "balance",
        "Class balance",
        f"Of {total.total:,} tweets {percent(total.negative, total.total)} are negative and"
        f" {percent(total.positive, total.total)} positive. Always answering with the more"
        f" frequent label would be right on {percent(larger, total.total)}.",
        (
            "Neutral rows are passed over when a file is read and are counted nowhere.",
            "Tweets without a readable character count here and nowhere below:"
            f" {found.blank.total:,}.",
        ),
        Picture(
            figures.draw_balance(groups),
            "Share of negative and positive tweets; the dashed line marks one half.",
            f"Stacked bars: {_balance_in_words(groups)}.",
        ),
        (
            Table(
                "Tweets by class",
                ("rows", "negative", "positive", "all", "positive share"),
                tuple(_balance_row(group) for group in groups),
            ),
        ),
    )


def _parts(kind: str, groups: Sequence[Group]) -> tuple[Group, ...]:
    if len(groups) < 2:
        return ()
    return tuple(replace(group, name=f"{kind} {group.name}") for group in groups)


def _balance_in_words(groups: Sequence[Group]) -> str:
    return "; ".join(f"{group.name} {percent(group.positive, group.total)} positive"
                     for group in groups)  # fmt: skip


def _balance_row(group: Group) -> tuple[str, ...]:
    counts = (f"{count:,}" for count in (group.negative, group.positive, group.total))
    return group.name, *counts, percent(group.positive, group.total)


def _copies(found: Statistics) -> Section:
    copies = found.copies
    ceiling = percent(copies.rows - copies.outvoted, copies.rows)
    return Section(
        "copies",
        "Duplicates and contradicting labels",
        f"{copies.repeats:,} tweets ({percent(copies.repeats, copies.rows)}) repeat an earlier"
        f" text, and {copies.contradicting:,} texts carry both labels in"
        f" {copies.contradicting_rows:,} tweets. On these rows no classifier that sees the text"
        f" alone can be right on more than {ceiling}.",
        (
            "Texts are compared as models see them: lower case, mentions and links masked,"
            " entities decoded, repeated letters cut. Training keeps one copy of a text, and"
            " none of a text with both labels.",
            "Texts are compared by 64 bits of their SHA-256; that two different ones are taken"
            " for the same is less likely than one in a million below five million rows.",
            f"The most frequent text occurs {copies.largest:,} times.",
        ),
        Picture(
            figures.draw_copies(copies),
            "Distinct texts by how often they occur, those with one label beside those with both.",
            "Grouped bars: "
            + "; ".join(
                f"{group.name} times, {group.agreeing:,} texts with one label and"
                f" {group.contradicting:,} with both"
                for group in copies.groups
            )
            + ".",
        ),
        (
            Table(
                "Distinct texts by number of occurrences",
                ("occurrences", "texts", "tweets", "with both labels", "share with both"),
                tuple(
                    (
                        group.name,
                        f"{group.agreeing + group.contradicting:,}",
                        f"{group.rows:,}",
                        f"{group.contradicting:,}",
                        percent(group.contradicting, group.agreeing + group.contradicting),
                    )
                    for group in copies.groups
                ),
            ),
        ),
    )


def _lengths(characters: Lengths, tokens: Lengths) -> Section:
    medians = [tokens.quantile(0.5, label) for label in (0, 1)]
    return Section(
        "lengths",
        "Length",
        f"Half of the tweets have at most {characters.quantile(0.5)} characters and"
        f" {tokens.quantile(0.5)} tokens ({medians[0]} in negative, {medians[1]} in positive"
        f" ones); 99% have at most {tokens.quantile(0.99)} tokens.",
        (
            "Characters are code points as written, blanks at the ends left out; an entity such"
            " as &amp; counts with all its characters, which is why some tweets exceed 140.",
            "Tokens are words, numbers and runs of punctuation of the normalised text. Word"
            " pieces, as BERT reads them, are more.",
        ),
        Picture(
            figures.draw_lengths(characters, tokens),
            "Distribution of both lengths by class, up to the longest 0.1% of the tweets.",
            "Two histograms with the classes laid over each other. "
            + " ".join(
                f"{title}: median {lengths.quantile(0.5, 0)} for negative,"
                f" {lengths.quantile(0.5, 1)} for positive."
                for title, lengths in (("Characters", characters), ("Tokens", tokens))
            ),
        ),
        (_length_table(characters, tokens), _limit_table(tokens)),
    )


def _length_table(characters: Lengths, tokens: Lengths) -> Table:
    def rows() -> Iterator[tuple[str, ...]]:
        for unit, lengths in (("characters", characters), ("tokens", tokens)):
            for label, name in enumerate(_CLASSES):
                quantiles = (lengths.quantile(share, label) for share in (0.05, 0.5, 0.95, 0.99, 1))
                yield (
                    f"{unit}, {name}",
                    f"{lengths.mean(label):.1f}",
                    *(f"{length:,}" for length in quantiles),
                )

    return Table(
        "Length by class",
        ("", "mean", "5%", "median", "95%", "99%", "longest"),
        tuple(rows()),
    )


def _limit_table(tokens: Lengths) -> Table:
    return Table(
        "Tweets that a model keeps whole",
        ("token limit", "kept whole", "cut"),
        tuple(
            (
                str(limit),
                percent(tokens.share_up_to(limit), 1),
                percent(1 - tokens.share_up_to(limit), 1),
            )
            for limit in _TOKEN_LIMITS
        ),
    )


def _growth(found: Statistics) -> Section:
    growth, words = found.growth, found.words
    sizes = [size for size in _VOCABULARY_SIZES if size < words.kept]
    return Section(
        "growth",
        "Vocabulary growth",
        f"{growth.total:,} distinct words occur among {sum(words.tokens):,} tokens"
        f"{_once(words, growth)}. {_law(growth)}",
        (
            "The growth is measured on nested random samples of the tweets, drawn with the seed"
            f" {found.seed}, so that the order of the files does not matter. Heaps’ law is fitted"
            " by least squares between the logarithms.",
            "Distinct words are counted by 64 bits of their SHA-256. " + tell_exactness(words),
        ),
        Picture(
            figures.draw_growth(growth, words, sizes),
            "Left: distinct words against tokens read, with Heaps’ law. Right: share of all"
            " tokens that the most frequent words make up; the dots are the sizes of the table.",
            f"Left: a curve that rises to {growth.total:,} words, almost straight between"
            " logarithmic axes. Right: a curve of coverage; "
            + ", ".join(f"{size:,} words cover {words.coverage(size):.1%}" for size in sizes)
            + ".",
        ),
        (_growth_table(growth), _coverage_table(words, sizes)),
    )


def _once(words: Words, growth: Growth) -> str:
    # Where rare words were dropped, nobody knows how many occurred once.
    if words.understated:
        return ""
    return f", {percent(words.once, growth.total)} of them once"


def _law(growth: Growth) -> str:
    if growth.factor is None or growth.exponent is None:
        return "The corpus is too small to fit Heaps’ law."
    law = f"Heaps’ law fits with the exponent {growth.exponent:.3f}"
    if growth.last_doubling is None:
        return f"{law}."
    return f"{law}; the last doubling of the tweets brought {growth.last_doubling:.0%} more words."


def _growth_table(growth: Growth) -> Table:
    step = max(len(growth.tokens) // 8, 1)
    points = list(zip(growth.tokens, growth.words, strict=True))[::-1][::step][::-1]
    return Table(
        "Growth of the vocabulary",
        ("tokens", "distinct words", "words per 1,000 tokens"),
        tuple(
            (f"{tokens:,}", f"{words:,}", f"{1000 * words / max(tokens, 1):.1f}")
            for tokens, words in points
        ),
    )


def _coverage_table(words: Words, sizes: Sequence[int]) -> Table:
    return Table(
        "What a vocabulary covers",
        ("most frequent words", "share of tokens", "unknown tokens"),
        tuple(
            (f"{size:,}", percent(words.coverage(size), 1), percent(1 - words.coverage(size), 1))
            for size in (*sizes, words.kept)
        ),
    )


def _traits(found: Statistics) -> Section:
    traits = found.traits
    broken = max(
        (sum(share.hits for share in traits[name]) for name in ("lost character", "mojibake")),
    )
    rows = found.copies.rows
    return Section(
        "traits",
        "Mentions, links, emoji and broken characters",
        f"{_both(traits['mention'])} of the tweets mention somebody, {_both(traits['link'])} hold"
        f" a link, {_both(traits['emoji'])} an emoji and {_both(traits['emoticon'])} an emoticon;"
        f" at least {percent(broken, rows)} show traces of a wrong encoding.",
        (
            "Intervals are Wilson’s, at 95%, for these tweets as a sample of their kind. A ratio"
            " above 1 means that positive tweets have it more often.",
            "Traits are looked for in the text as written, mentions and links after normalisation.",
        ),
        Picture(
            figures.draw_traits(traits),
            "Share of the tweets of each class that have a trait, with 95% intervals; a trait"
            " that a class lacks has no mark.",
            "Pairs of points on a logarithmic axis: "
            + "; ".join(
                f"{name} {percent(low.hits, low.total)} of negative and"
                f" {percent(high.hits, high.total)} of positive tweets"
                for name, (low, high) in traits.items()
            )
            + ".",
        ),
        (
            Table(
                "Tweets with each trait",
                ("trait", "what counts", "tweets", "negative", "positive", "ratio"),
                tuple(
                    _trait_row(trait.name, trait.description, *traits[trait.name])
                    for trait in TRAITS
                ),
                prose=True,
            ),
        ),
    )


def _both(pair: tuple[Share, Share]) -> str:
    return percent(sum(share.hits for share in pair), sum(share.total for share in pair))


def _trait_row(name: str, description: str, negative: Share, positive: Share) -> tuple[str, ...]:
    ratio = f"{positive.value / negative.value:.2f}" if negative.hits else "–"
    total = f"{negative.hits + positive.hits:,}"
    return name, description, total, _with_interval(negative), _with_interval(positive), ratio


def _with_interval(share: Share) -> str:
    low, high = share.interval
    return f"{percent(share.hits, share.total)} ({100 * low:.2f}–{100 * high:.2f})"
