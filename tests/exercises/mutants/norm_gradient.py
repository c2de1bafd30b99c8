"""Plausible wrong answers to the exercise on LayerNorm's gradients."""


def by_x(g, weight, y, sigma):
    g = g * weight
    along = y * (g * y).mean(-1, keepdim=True)
    return (g - g.mean(-1, keepdim=True) - along) / sigma


def mixed(mix):
    def wrong(g, weight, y, sigma):
        g = g * weight
        along = y * (g * y).mean(-1, keepdim=True)
        return mix(g, g.mean(-1, keepdim=True), along, sigma)

    return wrong


def over_positions(values):
    return values.reshape(-1, 8).sum(0)


def gradients(by_x=by_x, by_weight=lambda g, w, y, x: g * y, by_bias=lambda g, w: g):
    def of(x, weight, g, eps):
        centred = x - x.mean(-1, keepdim=True)
        sigma = (centred.square().mean(-1, keepdim=True) + eps).sqrt()
        y = centred / sigma
        of_weight, of_bias = by_weight(g, weight, y, x), by_bias(g, weight)
        sums = over_positions(of_weight), over_positions(of_bias)
        return by_x(g, weight, y, sigma), *sums

    return of


def not_summed(x, weight, g, eps):
    of_x, *_ = gradients()(x, weight, g, eps)
    return of_x, g, g


def flattened(x, weight, g, eps):
    of_x, of_weight, _ = gradients()(x, weight, g, eps)
    return of_x, of_weight, g.flatten(0, -2).sum(0)


def swapped(x, weight, g, eps):
    of_x, of_weight, of_bias = gradients()(x, weight, g, eps)
    return of_x, of_bias, of_weight


def over_two_axes(x, weight, g, eps):
    of_x, of_weight, _ = gradients()(x, weight, g, eps)
    return of_x, of_weight, g.sum((0, 1)) if g.dim() == 3 else g.sum()


MUTANTS = {
    "check_layer_norm_gradient": [
        (gradients(mixed(lambda g, m, a, s: g / s)), "you took them as constants"),
        (gradients(mixed(lambda g, m, a, s: (g - m) / s)), "the spread moves with x"),
        (gradients(mixed(lambda g, m, a, s: (g - a) / s)), "the mean moves with x"),
        (gradients(mixed(lambda g, m, a, s: g - m - a)), "divide by the spread"),
        (gradients(mixed(lambda g, m, a, s: g / s - m - a)), "all three terms"),
        (gradients(mixed(lambda g, m, a, s: (g - m + a) / s)), "the sign of"),
        (gradients(mixed(lambda g, m, a, s: (g - 8 * m - 8 * a) / s)), "sums stand"),
        (gradients(mixed(lambda g, m, a, s: g)), "by x differs from autograd's"),
        (gradients(lambda g, w, y, s: by_x(g, 1, y, s)), r"is g \* weight, not g"),
        (gradients(lambda g, w, y, s: by_x(g, 1, y, s) * w), "comes too late"),
        (gradients(by_weight=lambda g, w, y, x: g * x), "stretches y, not x"),
        (gradients(by_weight=lambda g, w, y, x: g * w * y), "its own size does not"),
        (
            gradients(by_weight=lambda g, w, y, x: g * y / y[..., 0].numel()),
            "by weight: take the sum",
        ),
        (
            gradients(by_weight=lambda g, w, y, x: y),
            "by weight differs from autograd's",
        ),
        (gradients(by_bias=lambda g, w: g * w), "no weight stands behind the bias"),
        (
            gradients(by_bias=lambda g, w: g / g[..., 0].numel()),
            "by bias: take the sum",
        ),
        (gradients(by_bias=lambda g, w: 2 * g), "by bias differs from autograd's"),
        (flattened, "with one vector it raised IndexError"),
        (swapped, "the last two are swapped"),
        (not_summed, r"of shape \(8,\), got \(2, 3, 8\)"),
        (over_two_axes, r"with a \(6, 8\) tensor bias is \(8,\)"),
        (lambda x, w, g, eps: by_x(g, w, x, 1), r"got \(2, 3, 8\)$"),
        (lambda x, w, g, eps: (x[0], w, w), r"by x has its shape, got \(3, 8\)"),
    ],
}
