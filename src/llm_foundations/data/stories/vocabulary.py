"""The words of the language: plain tables, the commonest first.

A language of size `tiny` uses the first rows alone, so early rows stay simple.
Columns are separated by `|`, items of a column by commas.
"""

from dataclasses import dataclass


def _rows(table: str) -> list[list[str]]:
    """Split a table into its rows, and each row into its columns."""
    lines = table.strip().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def _items(cell: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in cell.split(","))


def with_article(phrase: str) -> str:
    """Put `a` or `an` before a phrase, as its first letter asks.

    Examples:
        >>> with_article("old map")
        'an old map'
    """
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"


@dataclass(frozen=True, eq=False)
class Species:
    """What kind of animal somebody is, and how that animal moves."""

    name: str
    """As in `fox`."""
    gait: str
    """How it goes, in the past tense."""


SPECIES = tuple(
    Species(*row)
    for row in _rows("""
fox | trotted
hare | hopped
bear | lumbered
mouse | scurried
owl | flapped
frog | hopped
wolf | loped
otter | slid
badger | trudged
cat | padded
robin | fluttered
goat | trotted
duck | waddled
deer | leapt
crow | flapped
mole | shuffled
hedgehog | shuffled
squirrel | scurried
swan | glided
donkey | trudged
toad | hopped
beaver | waddled
rabbit | hopped
goose | waddled
""")
)
"""Kinds of animals."""
VERBS = ("walked", "hurried", "wandered", "marched", "tiptoed", "skipped", "strolled")
"""How anybody may go."""

HOMES = tuple(
    row[0]
    for row in _rows("""
in an old teapot
under the windmill
in a hollow oak
on a houseboat
behind the cheese shop
at the top of the clock tower
in a red caravan
under the station stairs
in the lighthouse
beside the duck pond
in a cupboard at the school
between two pumpkins
in a lost boot
above the toy shop
at the end of the lane
in a barrel by the sea
under the stone bridge
in a nest of newspapers
on a hill of clover
in the attic of the inn
inside a grandfather clock
in the last carriage of an old train
on an island no bigger than a table
behind a waterfall
""")
)
"""Where one may live."""
FOODS = tuple(
    row[0]
    for row in _rows("""
plum jam
hot soup
cherry pie
buttered toast
lemon cake
fresh bread
pancakes
apple tart
ginger biscuits
roast chestnuts
porridge
blackberries
honey
mushroom stew
peppermint tea
carrot pudding
""")
)
"""What one may love to eat."""
FEARS = tuple(
    row[0]
    for row in _rows("""
thunder
the dark
spiders
deep water
trumpets
ghosts
empty rooms
snowmen
echoes
moths
ladders
mirrors
long corridors
falling leaves
loud geese
the number seven
""")
)
"""What one may be afraid of."""


@dataclass(frozen=True, eq=False)
class Thing:
    """A thing to want or to find, and what its happy owner does with it."""

    name: str
    """As in `kite`."""
    adjectives: tuple[str, ...]
    """Five, the commonest first."""
    joy: str
    """What its happy owner does, after a pronoun."""


THINGS = tuple(
    Thing(name, _items(adjectives), joy)
    for name, adjectives, joy in _rows("""
kite | red, paper, striped, patched, enormous | flew it until the stars came out
drum | tin, little, painted, noisy, round | beat it until the windows shook
lamp | brass, tiny, green, crooked, paper | lit it, and the whole road glowed
bell | silver, brass, cracked, tiny, golden | rang it all the way home
boat | paper, wooden, blue, toy, leaky | sailed it across the duck pond
hat | straw, purple, pointed, feathered, enormous | wore it to bed that night
shell | pink, spiral, shiny, tiny, white | listened to the sea in it
key | iron, rusty, golden, tiny, crooked | tried it in every door
coat | yellow, warm, patched, velvet, woollen | danced around in it
spoon | wooden, silver, long, bent, tin | ate soup with it for a week
book | thick, old, blue, secret, dusty | read it twice before supper
cup | china, tin, chipped, blue, golden | drank tea from it at once
feather | white, long, striped, grey, golden | wrote a long letter with it
mirror | round, silver, cracked, tiny, old | made funny faces in it
ring | golden, silver, plain, shiny, copper | wore it on one ear
map | old, torn, secret, painted, folded | planned a great journey with it
flute | wooden, silver, little, bamboo, borrowed | played it to the moon
stone | smooth, green, round, speckled, warm | kept it under the pillow
rope | long, strong, green, knotted, silk | made a swing of it
ladder | wooden, long, wobbly, red, folding | climbed it to look at the stars
basket | straw, round, big, willow, empty | filled it with cherries
candle | white, tall, thick, red, scented | read by its light all night
button | brass, round, blue, shiny, wooden | sewed it onto a scarf
ribbon | red, velvet, long, silk, yellow | tied it in a bow
umbrella | black, spotted, enormous, patched, silk | opened it and hoped for rain
whistle | tin, silver, wooden, shrill, tiny | blew it at every corner
lantern | paper, red, rusty, little, glass | hung it above the door
violin | old, tiny, shiny, borrowed, squeaky | played one long sweet note
""")
)
"""What one may want or find."""


@dataclass(frozen=True, eq=False)
class Place:
    """Somewhere to go, with what one does and what one counts there."""

    name: str
    """As in `forest`."""
    preposition: str
    """As in `in the forest`."""
    bank: str
    """The sense of *bank* that is likely there: water, money or either."""
    pastimes: tuple[str, ...]
    """What somebody may be doing there."""
    countables: tuple[str, ...]
    """What can be counted there."""

    def __str__(self) -> str:
        """Return where one is there, as in `in the forest`."""
        return f"{self.preposition} the {self.name}"


PLACES = tuple(
    Place(name, preposition, bank, _items(pastimes), _items(countables))
    for name, preposition, bank, pastimes, countables in _rows("""
forest | in | either | gathering twigs, drawing a beetle | acorns, mushrooms
market | at | money | selling turnips, tasting cheese | apples, turnips
harbour | at | water | mending a net, painting a boat | crabs, sails
garden | in | either | watering the beans, talking to a snail | beans, roses
meadow | in | water | chasing a butterfly, counting clouds | daisies, bees
castle | at | either | polishing armour, looking for ghosts | flags, windows
bakery | at | money | icing a cake, sniffing the bread | buns, loaves
lake | at | water | skipping stones, drying a towel | pebbles, fish
library | at | money | whispering to a book, looking for a pencil | bookmarks, atlases
orchard | in | either | shaking a tree, chewing a straw | plums, pears
school | at | money | wiping the blackboard, learning to spell | pencils, marbles
village | in | money | sweeping a doorstep, feeding the ducks | chimneys, gates
beach | on | water | building a sandcastle, digging a deep hole | shells, starfish
tower | at | either | winding the clock, counting the steps | pigeons, steps
swamp | in | water | blowing bubbles, looking for a lost shoe | reeds, tadpoles
station | at | money | waiting for a train, waving at the trains | tickets, suitcases
theatre | at | money | learning a part, sewing a curtain | masks, chairs
hill | on | either | rolling down for fun, watching the moon | sheep, tents
museum | at | money | dusting a dinosaur, staring at a vase | coins, bones
mill | at | water | stacking sacks of flour, chasing a draught | sacks, sparrows
""")
)
"""Where one may go."""
