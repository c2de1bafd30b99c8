"""Plausible wrong answers to the exercises on a checkpoint's matrices and names."""

import torch


def ending_without_the_dot(name):
    for old, new in {"gamma": "weight", "beta": "bias"}.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name


def layer_norms_only(name):
    name = name.replace("LayerNorm.gamma", "LayerNorm.weight")
    return name.replace("LayerNorm.beta", "LayerNorm.bias")


def unbiased_name(name):
    return name.replace("gamma", "weight").replace("beta", "bias")


def last_only(name):
    return name.removesuffix("gamma") + "weight" if name.endswith(".gamma") else name


def swapped_names(name):
    if name.endswith(".gamma"):
        return name.removesuffix("gamma") + "bias"
    return name.removesuffix("beta") + "weight" if name.endswith(".beta") else name


def wrong_shapes(theirs, ours):
    return [n for n in ours if n in theirs and theirs[n].shape != ours[n].shape]


def other_names(theirs, ours):
    return theirs.keys() ^ ours.keys()


def only_missing(theirs, ours):
    return [*(n for n in ours if n not in theirs), *wrong_shapes(theirs, ours)]


def by_size(theirs, ours):
    return other_names(theirs, ours) | {
        n for n in theirs.keys() & ours.keys() if theirs[n].numel() != ours[n].numel()
    }


def by_values(theirs, ours):
    both = theirs.keys() & ours.keys()
    return other_names(theirs, ours) | {
        n for n in both if not torch.equal(theirs[n], ours[n])
    }


def by_kind(theirs, ours):
    both = theirs.keys() & ours.keys()
    return {
        *other_names(theirs, ours),
        *wrong_shapes(theirs, ours),
        *(n for n in both if theirs[n].dtype != ours[n].dtype),
    }


def three_lists(theirs, ours):
    missing = [n for n in ours if n not in theirs]
    return missing, [n for n in theirs if n not in ours], wrong_shapes(theirs, ours)


def sentences(theirs, ours):
    return [f"{n} is missing" for n in ours if n not in theirs]


def same_top(ours, theirs):
    if ours.shape != theirs.shape:
        return False
    return torch.equal(ours.argmax(-1), theirs.argmax(-1))


def same_sum(ours, theirs):
    return ours.shape == theirs.shape and bool((ours.sum() - theirs.sum()).abs() < 1e-2)


def one_sided(ours, theirs):
    return ours.shape == theirs.shape and bool((ours - theirs).max() < 1e-3)


def by_mean(ours, theirs):
    return ours.shape == theirs.shape and bool((ours - theirs).abs().mean() < 1e-5)


def by_norm(ours, theirs):
    if ours.shape != theirs.shape:
        return False
    return bool((ours - theirs).norm() / ours.norm() < 1e-4)


def within(tolerance, rtol=1e-5, **others):
    def compare(ours, theirs):
        return ours.shape == theirs.shape and torch.allclose(
            ours, theirs, rtol, tolerance, **others
        )

    return compare


def not_far(ours, theirs):
    return ours.shape == theirs.shape and not bool(((ours - theirs).abs() > 1e-4).any())


def stretched(ours, theirs):
    return bool(((ours - theirs).abs() < 1e-4).all())


def in_a_row(ours, theirs):
    return ours.numel() == theirs.numel() and torch.allclose(
        ours.flatten(), theirs.flatten(), 1e-5, 1e-5
    )


def as_many(ours, theirs):
    return len(ours) == len(theirs) and torch.allclose(ours, theirs, 1e-5, 1e-5)


MUTANTS = {
    "check_linear_weights": [
        (lambda w: w.chunk(3, dim=1), "are not transposed"),
        (lambda w: w.reshape(3, 4, 4), "deals the numbers out in order"),
        (lambda w: [w.T[i::3] for i in range(3)], "every third column"),
        (lambda w: [p.T for p in w.chunk(3, dim=1)][::-1], "the order is query"),
        (lambda w: w.T.chunk(4), "three matrices are asked for, got 4"),
        (lambda w: w.chunk(3), r"you cut the rows: .*, got \(2, 12\), \(2, 12\)"),
        (lambda w: [p[:3] for p in w.chunk(3, 1)], r"each is \(4, 4\), got \(3, 4\)"),
        (lambda w: dict(enumerate(w.T.chunk(3))), "one after the other, got dict"),
        (lambda w: None, "one after the other, got NoneType"),
    ],
    "check_new_name": [
        (lambda name: name, "keeps its old name"),
        (last_only, "beta keeps its old name"),
        (layer_norms_only, "norm.gamma keeps its old name"),
        (swapped_names, "gamma and beta are swapped"),
        (unbiased_name, "head.gamma_proj.weight has no old ending"),
        (ending_without_the_dot, "x.log_gamma has no old ending"),
        (lambda name: name.upper(), "becomes bert"),
    ],
    "check_problems": [
        (lambda theirs, ours: [], "a file without b: nothing is said of b"),
        (only_missing, "a file with d besides: nothing is said of d"),
        (other_names, "a file with a turned: nothing is said of a"),
        (by_size, "a file with a turned: nothing is said of a|with c as a row"),
        (by_values, "a file with other numbers: a, b, c can be loaded"),
        (by_kind, "a file with b in float16: b can be loaded"),
        (lambda theirs, ours: "missing b", "return the names in a list"),
        (lambda theirs, ours: True, "return the names in a list, got True"),
        (three_lists, r"one list of bare names, got \[\[\]\] in it"),
        (sentences, "one list of bare names, got .'b is missing'. in it"),
    ],
    "check_same_model": [
        (torch.equal, "rounding alone: the answer should be True"),
        (same_top, "the likeliest words are the same"),
        (same_sum, "two numbers are swapped"),
        (one_sided, "all higher by 0.5"),
        (by_mean, "is off by 0.0005: the answer should be False"),
        (within(1e-2), "6,000 is off by 0.0005"),
        (within(1e-3), "one number of 6,000 is off"),
        (by_norm, "off by 0.0005"),
        (within(1e-5, rtol=1e-3), "a thousandth larger"),
        (not_far, "one number is nan"),
        (within(1e-5, equal_nan=True), "both have a nan"),
        (stretched, "the other the first alone"),
        (in_a_row, r"the other \(3, 2, 1000\)"),
        (as_many, "three words a sentence"),
        (lambda a, b: (a - b).abs() < 1e-3, "return one answer for all numbers"),
    ],
}
