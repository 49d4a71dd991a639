"""Closed word lists that the swaps' rules and repairs read; lower case, our own."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PRONOUNS = _words(
    "i me we us you he him she her it they them this that these those there here who whom which what someone "
    "somebody something anyone anything everyone everything nobody nothing none one ones other others another "
    "each both all any some himself herself itself themselves each_other his hers its their theirs"
)
"""Words that stand for an object named elsewhere, or for none: never moved."""

MASCULINE = _words("he him his himself")
FEMININE = _words("she her hers herself")
NEUTER = _words("it its itself")
BACKREFERENCES = MASCULINE | FEMININE | NEUTER | _words("they them their theirs themselves")

PERSONS = _words(
    "man men woman women boy boys girl girls person persons people child children kid kids baby babies guy guys "
    "lady ladies gentleman gentlemen adult adults toddler toddlers player players skier skiers snowboarder "
    "snowboarders surfer surfers skateboarder skateboarders rider riders batter batters pitcher catcher umpire "
    "officer officers chef chefs cook waiter waitress bride groom couple family mother father mom dad son "
    "daughter student students worker workers crowd spectators fans team athlete biker bikers bicyclist cyclist "
    "cyclists motorcyclist jockey cowboy farmer soldier soldiers doctor nurse teacher teenager teenagers teen "
    "teens driver passenger passengers pedestrian pedestrians male female friend friends husband wife brother "
    "sister golfer individual individuals someone hitter vendor vendors"
)
MALE_PERSONS = _words(
    "man men boy boys guy guys gentleman gentlemen father dad son husband brother groom waiter male policeman cowboy"
)
FEMALE_PERSONS = _words("woman women girl girls lady ladies mother mom daughter wife sister bride waitress female")
ANIMALS = _words(
    "animal animals dog dogs puppy puppies cat cats kitten kittens horse horses pony cow cows bull bulls calf ox "
    "oxen sheep lamb lambs goat goats pig pigs bird birds duck ducks goose geese swan swans seagull seagulls "
    "pigeon pigeons parrot parrots owl chicken chickens rooster hen elephant elephants giraffe giraffes zebra "
    "zebras bear bears cub cubs lion lions tiger tigers monkey monkeys deer fish turtle rabbit herd flock donkey "
    "camel camels buffalo cattle"
)
ANIMATE = PERSONS | ANIMALS

PARTITIVES = _words(
    "top front side sides back bottom middle center centre end edge corner rear left right base part parts piece "
    "pieces group groups bunch pair pairs couple lot lots row rows line lines set sets type types kind kinds "
    "variety number slice slices pile piles stack stacks herd flock crowd bit half rest portion assortment "
    "collection series array"
)
"""Heads that name a portion or place of another object ("top of", "group of"): not moved when "of" follows."""

PLACELESS = _words(
    "top front side back bottom middle center centre end edge rear left right background foreground distance view "
    "air day daytime night nighttime time way while sunset sunrise sun daylight shot action use motion display "
    "pose mid photo photograph picture image close-up closeup scene shape form style color colors order progress "
    "addition kind "
    "tennis soccer polo golf skateboarding snowboarding surfing skiing conference toast party meeting event race "
    "competition tournament corner spot place storm jam row rows line lines circle "
    "construction remodel repair renovation horseback captivity twilight position discomfort nowhere emergency need "
    "stance flight "
    "outdoors indoors dusk dawn morning evening afternoon summer winter spring autumn fall midair mid-air today"
)
"""Nouns that name no thing one could move in a picture: exchanging them gives noise."""

SPOTS = _words("back corner side front inside outside edge top end bottom middle center centre rear tip")
"""Parts of a thing that say where something is: what stands behind their "of" is the thing."""

PICTURES = _words(
    "image images picture pictures photo photos photograph photographs view shot drawing painting close-up closeup"
)

MASS = _words(
    "cargo water grass snow sand dirt food hay fruit rice bread meat cheese sauce milk coffee tea beer wine juice ice "
    "fire smoke wood metal glass paper traffic luggage furniture mud rain sky broccoli lettuce salad pasta soup "
    "chocolate baggage equipment clothing fabric gravel ground electricity graffiti fog sunlight ketchup mustard "
    "cream butter concrete brick stone plastic gear toast pizza cake baseball tennis soccer frisbee polo football "
    "basketball skis surf shade shadow hair corn seaweed foliage vegetation lumber mail soda candy junk trash garbage "
    "rubbish litter debris glassware cardboard bacon powder pavement couscous toothpaste paint frosting icing tape "
    "stuff silverware writing attire dust ham sugar flooring beef stew spinach decor cereal cauliflower syrup greenery "
    "mayo signage alcohol art clay salmon pepperoni chili stuffing broth wallpaper makeup paperwork jelly shrubbery "
    "volleyball liquor soap tissue cola glaze jewelry machinery pork mayonnaise architecture clutter basil cider "
    "music cooking badminton garlic parsley asparagus cinnamon produce foodservice armor armour advertising scenery "
    "tableware cutlery footage insulation lighting plumbing upholstery wool china wiring macaroni popcorn "
    "brocolli land paste chess champagne jewellery camouflage spandex straw"
)

KIND_COUNTS = _words(
    "way story tier level man person piece wheel wheeled door lane seat toned tone legged single lone only"
)
"""What a number before it counts in a kind of thing: a two story house is one house."""

VAGUE_COUNTS = frozenset(("some", "several", "a few", "a couple of"))
"""Openings of a few things, of which each may stand for another."""

SCENERY = _words(
    "hill mountain tree bush plant flower cloud rock track road path field wave building fence wall street sidewalk "
    "foothill"
)
"""What a landscape has any number of: where there are hills, there is a hill."""

COUNTED_IN_ING = _words(
    "building painting king ring string wing railing swing ceiling earring drawing awning topping dressing wedding "
    "serving dumpling spring thing crossing opening setting landing sibling sling marking carving covering pudding "
    "herring starling duckling sapling gosling lemming bearing fitting hanging sting fling stocking inning dwelling "
    "offering filling being"
)
"""Nouns in -ing that have a plural; most others name what one does."""

EVENTS = _words("match game show breakfast lunch dinner meal brunch snack ceremony parade")
"""What one has or goes to: a match and matches tell no picture from another."""

COUNTABLE = _words("beer soda candy pizza cake frisbee football basketball baseball salad brick stone shadow")
"""Mass nouns that are counted as well."""

PAIRED_NOUNS = _words(
    "scissors pants jeans shorts trousers glasses sunglasses eyeglasses goggles clothes skis binoculars tongs pajamas "
    "headphones earphones tights leggings overalls trunks scrubs pliers tweezers surroundings belongings goods "
    "greens veggies"
)
"""Nouns whose singular is no thing of the same kind, or none at all."""

NOUNS_IN_ED = _words("bed shed sled seed weed feed reed steed waterbed flatbed moped bobsled biped thoroughbred")

SINGULAR_DETERMINERS = _words("a an one another each every this that")
PLURAL_DETERMINERS = _words(
    "two three four five six seven eight nine ten eleven twelve twenty several many few multiple various numerous "
    "these those both different dozens"
)
DEMONSTRATIVES = _words("this that these those")
POSSESSIVES = _words("his her its their my your our")
ARTICLES = _words("a an the")
DETERMINERS = SINGULAR_DETERMINERS | PLURAL_DETERMINERS | POSSESSIVES | ARTICLES | _words("no any all some")
QUANTIFIERS = _words("several many few multiple various numerous some dozens couple pair")

IRREGULAR_PLURALS = _words("people men women children teeth feet geese mice oxen cattle police")
PLURALS_LIKE_SINGULARS = _words("skis skiis taxis bikinis kiwis zucchinis paninis menus emus tutus")
"""Plurals whose ending says the opposite."""

INVARIANT_NOUNS = _words("sheep deer fish aircraft series species bison buffalo moose elk giraffe zebra luggage")
SINGULAR_IN_S = _words(
    "bus glass grass dress tennis cactus lens news canvas mattress christmas octopus hippopotamus walrus circus "
    "cross class bass gas chess mess wilderness business princess waitress compass harness press platypus citrus "
    "asparagus hummus campus gymnastics fitness address terminus process access"
)

PREPOSITIONS = _words(
    "on in at of to by with near next beside behind above below under underneath beneath over inside outside into "
    "onto from through across along against around between among atop off down up past towards toward for about "
    "before after during without within alongside amid amidst amongst beyond like as out upon via per throughout "
    "opposite left right front top back close far away aboard"
)
CONJUNCTIONS = _words("and or but while as with so then when where nor plus & than because if")
LIST_JOINTS = frozenset(("and", "or", ","))
"""What joins the items of a list."""

CLAUSE_OPENERS = _words("while as when where because although that")
"""Words behind which a noun phrase is the subject of a clause."""

INTENSIFIERS = _words("very too so quite really more most less almost nearly about half both")
RELATIVES = _words("that who which whose whom where")
AUXILIARIES = _words(
    "is are was were has have had does do did be been being can could will would may might must should am isn't aren't"
)
FINITE_AUXILIARIES = _words("is are was were has have does do isn't aren't wasn't weren't hasn't haven't doesn't don't")
ADVERBS = _words(
    "very too also just together outside inside outdoors indoors there here now still not all both each alone "
    "nearby apart away back down up out off over around high low fast upside closely ahead overhead only already"
)
PERCEIVING = _words(
    "watch watches watching watched see sees seeing let lets letting make makes making help helps helping"
)
"""Verbs behind whose object another verb keeps its plain form: "people watch a kite fly"."""

INFINITIVE_OPENERS = _words("to can could will would may might must should let does do did")
"""Words behind which a verb agrees with nothing."""

FUNCTION_WORDS = PREPOSITIONS | CONJUNCTIONS | RELATIVES | AUXILIARIES | ADVERBS | DETERMINERS

SYMMETRIC_PREPOSITIONS = (
    "near", "near to", "next to", "beside", "besides", "with", "and", "or", "by", "around", "alongside", "along side",
    "together with", "together", "along with", "between", "close to", "adjacent to", "among", "amongst", "across from",
    "opposite", "opposite of", "nearby", "side by side with", "at side of", "on side of", "by side of", "in between",
    "as well as", "to side of", "on the side of", "against", "like", "similar to", "at",
    "along side of", "alongside of",
)  # fmt: skip
SYMMETRIC_VERBS = frozenset(
    (
        *("face toward", "face towards", "attach to", "connect to", "tie to", "join to", "stick to"),
        *("detach from", "separate from", "disconnect from", "chain to", "strap to", "lock to", "hook to"),
        *("talk to", "speak to", "talk with", "chat with"),
    )
) | _words("face meet kiss hug touch match resemble join accompany embrace adjoin border neighbor line")
POSTURES = _words(
    "sit stand park lie lay walk rest wait pose be lean sleep run stop kneel squat gather stay perch graze swim "
    "travel drive move ride fly skate ski surf play talk live work hang out float race go eat look situate position "
    "locate place set"
)
STATIC_POSTURES = _words("sit stand park lie lay rest wait be stay gather kneel")

SYNONYMOUS_PREDICATES = (
    frozenset({"near", "next to", "beside", "by", "close to", "alongside", "with", "nearby", "around", "at", "and"}),
    frozenset({"on", "on top of", "atop", "upon", "onto"}),
    frozenset({"in", "inside", "inside of", "into", "within", "among"}),
    frozenset({"under", "below", "beneath", "underneath"}),
    frozenset({"above", "over"}),
    frozenset({"behind", "in back of"}),
    frozenset({"have", "with", "contain", "include"}),
    frozenset({"down", "along", "on", "up"}),
    frozenset({"outside", "outside of"}),
)
RESTING_PREPOSITIONS = _words("in on at inside atop onto upon through down along from")
"""Prepositions that change places unnoticed: in skis on the snow, on skis in the snow."""

RIDING = _words("ride surf skate ski snowboard skateboard")
"""What one does on something: who stands on a board that he rides rides a board that he stands on."""

BODY_PARTS = _words("head hand hands back lap mouth arm arms leg legs face feet foot neck shoulder shoulders hair eyes")

BRIGHTNESS = _words("dark light bright pale")
"""What a picture may be called whatever its colours."""

UNSURE_COLOURS = BRIGHTNESS | _words("colorful colourful multicolored multi-colored")
"""Colour words that hardly deny another."""

SKIN_COLOURS = _words("black white brown tan blond blonde")
"""Colours of people that a caption may leave out."""

USUAL_COLOURS = {
    "white": _words(
        "toilet sink bathtub tub plate dish bathroom appliance refrigerator fridge microwave oven stove airplane plane "
        "jet wing snow cloud sheep napkin paper cabinet counter tile keyboard van bed sheet wall blind"
    ),
    "black": _words(
        "cat dog cow bear bird motorcycle tire wheel wire wetsuit glove backpack fence screen suit street road asphalt "
        "runway skateboard stereo tv television laptop computer phone cellphone camera remote speaker monitor boot "
        "shoe suitcase bag purse umbrella helmet"
    ),
    "brown": _words("horse dog bear cow dirt table bench branch sofa giraffe log fence"),
    "green": _words("grass tree bush leaf leaves plant field pasture vegetable lawn hill broccoli"),
    "blue": _words("sky water ocean jeans lake sea"),
    "red": _words("brick apple") | {"stop sign"},
    "yellow": _words("banana"),
    "silver": _words("fork knife spoon pan car faucet"),
    "gray": _words("elephant rock gravel road sidewalk concrete"),
    "grey": _words("elephant rock gravel road sidewalk concrete"),
    "orange": _words("cone carrot"),
    "striped": _words("zebra street road crosswalk runway"),
}
"""
Things that captions with a colour give this colour in a quarter of the cases or more (FACTUAL's training graphs and
COCO captions), or that are known for it: calling them so is probably true.
"""

GEAR = _words("skis ski snowboard snowboards surfboard surfboards skateboard skateboards skates board boards")
"""What one stands on wherever one is: on skis in the snow, on the snow in skis."""

CROWDS = _words("group groups herd crowd bunch flock pack")
COLLECTIVES = CROWDS | {"couple", "family", "team", "pair"}
"""Nouns whose verb is in the plural at times."""

PLACE_WORDS = _words(
    "in on at through along by near down across around over inside under into onto up against within of behind atop "
    "beside"
)
"""Last words of relations that say where something is or goes."""

PLACING = _words("in at outside inside")
"""What says of a thing in which place it is: the same of what is near it."""

SURFACES = _words(
    "ground floor field grass street road sidewalk pavement tarmac runway beach sand snow lawn court track tracks "
    "table tabletop counter countertop desk shelf dirt"
)
"""What carries more than one thing: what is near something on it is on it too."""

OWNING = _words("with have wear hold carry")
"""What one does with all that one has: with a glass holding a bear is with a bear holding a glass."""

SHARED_OUT = _words("with in on have wear hold carry ride use swing fly raise")
"""Last words of what several do with one thing each."""

JOINING = _words("with at near")
"""Last words of relations that only say that two things are together."""

HAVING = frozenset(("with", "have", "contain", "fill with", "fill", "include", "surround by"))
HOLDING_PLACES = _words("in on at inside near by along")
"""Last words of what says where something is."""

HOLDING_PREDICATES = _words("with have in inside of contain within hold include") | {"fill with", "top with", "cover"}
"""Predicates of a whole and its part or content."""

NEARNESS = frozenset({"near", "next to", "beside", "by", "close to", "alongside", "around", "nearby"})
"""What two things that are together are to a third alike."""

BARRED_PREDICATES = _words("of and or for as like to is be have's cause make form become include")

COLOURS = _words(
    "red blue green yellow black white brown gray grey orange pink purple tan beige silver gold golden maroon "
    "blonde blond turquoise teal violet cream navy bronze magenta cyan lime olive crimson scarlet lavender copper "
    "multicolored multi-colored colorful colourful dark light bright reddish pale"
)
SIZES = _words(
    "small large big little tiny huge giant tall short long massive enormous miniature medium sized wide narrow "
    "thick thin"
)
MATERIALS = _words(
    "wooden wood metal metallic plastic glass brick stone concrete leather rubber paper steel iron marble rock "
    "cement wicker cardboard cloth tile tiled granite ceramic wool dirt stainless porcelain straw bamboo"
)
PATTERNS = _words("striped spotted dotted plaid checkered checked solid plain floral polka patterned printed speckled")
AGES = _words("young old elderly older younger adult teenage new antique vintage modern ancient middle-aged")
COUNTS = _words("2 3 4 5 6 7 8 9 10 11 12")
SHAPES = _words("round square rectangular circular oval triangular curved flat pointed arched")
STATES = _words(
    "open closed empty full clean dirty wet dry broken hot cold fresh cooked raw frozen lit sunny snowy cloudy"
)
CATEGORIES = {
    "colour": COLOURS,
    "size": SIZES,
    "material": MATERIALS,
    "pattern": PATTERNS,
    "age": AGES,
    "shape": SHAPES,
    "state": STATES,
}
ORDER = ("size", "age", "state", "shape", "pattern", "colour", "material", "noun")
"""Categories in the order in which English puts them before a noun."""

ANIMATE_ONLY = _words(
    "young elderly adult teenage smiling happy pregnant shirtless barefoot bearded male female middle-aged"
)
GREAT = _words("large big huge giant massive enormous long tall wide thick")
SMALL = _words("small little tiny miniature short narrow thin")
"""Sizes of one direction: what is large and has long legs is long and has large legs."""

SYNONYMOUS_ATTRIBUTES = (
    frozenset({"large", "big", "huge", "giant", "massive", "enormous"}),
    frozenset({"small", "little", "tiny", "miniature"}),
    frozenset({"gray", "grey", "silver"}),
    frozenset({"tan", "beige", "brown", "cream"}),
    frozenset({"wood", "wooden"}),
    frozenset({"metal", "metallic", "steel", "iron"}),
    frozenset({"gold", "golden", "yellow"}),
    frozenset({"blonde", "blond"}),
    frozenset({"colorful", "multicolored", "multi-colored", "colourful"}),
    frozenset({"old", "older", "elderly", "antique", "vintage"}),
    frozenset({"young", "younger"}),
    frozenset({"stone", "rock", "brick", "concrete", "cement"}),
    frozenset({"several", "many", "multiple", "various", "numerous", "some", "few"}),
)
ADJECTIVE_ENDINGS = (
    "y", "ed", "ing", "ful", "ous", "al", "ic", "ish", "en", "ive", "able", "ible", "less", "ern", "ese", "ian", "er",
    "est", "ant", "ent",
)  # fmt: skip
ADJECTIVES_LIKE_NOUNS = _words("ornate elaborate intricate delicate private grand loud wild odd weird quaint")
"""Adjectives without an adjective's ending."""

NOUNS_LIKE_ADJECTIVES = _words(
    "baby toy body city family party country sky cherry berry kitchen baseball tennis street office garden "
    "wedding dining living skiing surfing swimming parking building wing king ring string clothing evening "
    "morning computer laptop paper water animal metal evergreen corner flower tower power player soccer dinner "
    "toilet table factory fishing sewing washing cutting riding shopping picnic music traffic plastic army ferry "
    "jelly bunny teddy puppy hobby candy grocery battery turkey dairy cooking air terminal hospital "
    "medical rental infant restaurant elephant plant student president chicken kitten beer river "
    "rubber leather silver copper container roller trailer tanker passenger commuter counter cheddar"
) | {"ice cream"}
BARRED_ATTRIBUTES = _words(
    "other another same different first second third next last own each only main various group piece slice part "
    "pair bunch couple set row slices pieces parts such more less most certain single double one 1 top bottom "
    "front back side left right alone together visible ready able available multi self"
)
"""Attributes that compare with something else or carve a portion: exchanging them says little."""

SHADES = _words("light dark bright pale deep stainless neon baby navy hot multi semi half")
"""Words that make one attribute with the next: neither moves alone."""

PROPER_ADJECTIVES = _words(
    "american british english french german italian chinese japanese asian african european mexican spanish "
    "indian greek canadian christmas i wii nintendo london paris york tokyo apple coca starbucks santa mcdonald's "
    "harley"
)

STATABLE = (COLOURS | SIZES | AGES | PATTERNS | SHAPES | STATES | _words("wooden metallic bearded")) - _words(
    "little giant miniature medium sized adult teenage older younger vintage antique plain solid gold silver lime "
    "olive navy cream bronze copper lavender dark light bright pale golden maroon floral polka full hot fresh new "
    "flat short cooked raw elderly curved pointed cold dry"
)
"""Adjectives that mean before a noun what they mean behind "is": "little" in "a little boy" is not among them."""

COLOUR_KINDS = _words("bean pepper onion bear jay tea apple grape olive pea cabbage light board house tape box belt")
"""Nouns, without a plural's s, before which a colour may name a kind: "green beans", "a black belt"."""

OPENED = _words("door doors window windows box book laptop umbrella umbrellas mouth")
"""What is open as a state: "open water" is not water that is open."""
