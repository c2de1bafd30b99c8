"""The phrases of the language: what happens in a scene, in whole pieces.

A gap `{he}` takes the hero's pronoun, `{him}` its other forms; a text says which of
two people a gap means where it could be either.
"""

TIMES = (
    *("One morning ", "The next day ", "After lunch ", "That evening "),
    *("Before breakfast ", "At noon ", "On Sunday ", "At sunrise ", "Late at night "),
)
"""How a walk begins."""
SPOTS = (
    *("Under a bench ", "Behind a barrel ", "In a puddle ", "On a high shelf "),
    *("Inside an old boot ", "Beneath a pile of leaves ", "Between two stones "),
    *("On top of a post ", "In an empty nest ", "Next to a sleeping snail "),
)
"""Where a thing may lie."""
WEATHER = (
    *("The sun shone", "Rain fell", "The wind howled", "Snow fell softly"),
    *("Fog hid the road", "Thunder grumbled", "The air smelled of hay"),
    *("Every leaf was gold", "The stars were out"),
)
"""What it is like outside."""
FEELINGS = (
    *("glad", "tired", "hungry", "brave", "lonely", "curious", "cold", "proud"),
    *("cosy", "restless"),
)
"""How a hero may feel about it."""
SYLLABLES = (
    *("tum", "la", "bim", "do", "dee", "ra", "pom", "hey", "ti", "lo", "zu", "ding"),
    *("ka", "mo", "bo", "na", "ri", "fee", "dim", "ho"),
)
"""What songs are made of."""
NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen"),
)
"""The numbers in words, each at its own index."""

TROUBLES = (
    ("was stuck in the mud", "pulled {him} out"),
    ("had lost a shoe", "looked until the shoe was found"),
    ("had nothing to eat", "shared a sandwich with {him}"),
    ("was shivering", "lent {him} a scarf"),
    ("had dropped all the eggs", "helped to sweep up"),
    ("could not cross the stream", "carried {him} over"),
    ("had a splinter in one toe", "pulled it out"),
    ("was quite lost", "drew {him} a little map"),
    ("had too much to carry", "took the heavy end"),
    ("was tangled in a net", "bit through the strings"),
    ("had forgotten the way home", "walked home with {him}"),
    ("could not reach the shelf", "lifted {him} up"),
)
"""What goes wrong for the friend, and what a kind hero does; `{him}` is the friend."""

WORKERS = {
    "sailor": (10, "told a joke about crabs", "danced a slow dance"),
    "baker": (50, "gave away a warm bun", "smelled of cinnamon"),
    "nurse": (90, "asked everybody to breathe in", "put a plaster on a gatepost"),
    "farmer": (30, "complained about the rain", "was looking for a pig"),
    "teacher": (70, "corrected a road sign", "asked what six times seven was"),
    "carpenter": (15, "measured a tree by eye", "was whistling out of tune"),
    "librarian": (85, "said hush to a blackbird", "was reading while walking"),
    "doctor": (40, "had lost both gloves", "listened to the heart of an oak"),
    "dancer": (80, "bowed to a scarecrow", "walked on tiptoe past a puddle"),
    "pilot": (20, "pointed at a cloud and sighed", "wore goggles and one boot"),
    "gardener": (60, "gave everybody a radish", "was humming to a cactus"),
    "king": (0, "had forgotten the crown", "was out for some fresh air"),
    "queen": (100, "waved with two fingers", "asked the way to the fair"),
}
"""Who comes along: how many of a hundred are she, and what they may do.

The shares are the correlation that a model can learn, and a probe for bias can find.
"""

BANKS = {
    "water": (
        *("The water was brown and slow. ", "Two ducks slept in the reeds. "),
        *("Small fish flashed below. ", "The grass was wet and full of frogs. "),
        *("A rowing boat drifted past. ", "{He} dipped one toe in the river. "),
    ),
    "money": (
        *("The clerk was counting coins. ", "{He} put a penny in the savings box. "),
        *("The queue went out of the door. ", "Behind the glass sat a sleepy clerk. "),
        *("The big safe stood open. ", "Somebody was asking for a loan. "),
    ),
}
"""What may be said after *bank*, by the sense that it shows."""
BANK_PERCENT = {"water": 90, "either": 50, "money": 10}
"""How often, of a hundred times, *bank* means a river's, by the kind of place."""

HAPPY_PERCENT = {
    ("kind", True): 95,
    ("kind", False): 85,
    ("neither", True): 60,
    ("neither", False): 40,
    ("unkind", True): 25,
    ("unkind", False): 10,
}
"""How often a story ends well, by what the hero did and whether there was a hint."""

MORALS = {
    "kind": (
        *("Kindness finds its way home. ", "A friend is worth a detour. "),
        "One good turn warms two hearts. ",
    ),
    "neither": (
        *("Some days are like that. ", "A long walk is never wasted. "),
        "There is always another road. ",
    ),
    "unkind": (
        *("Hurry is a poor guide. ", "The unkind walk alone. "),
        "A closed hand catches nothing. ",
    ),
}
"""What a story may teach, by what its hero showed."""
