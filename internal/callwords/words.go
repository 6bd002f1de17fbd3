package callwords

// list has 256 plain English words, so that one stands for one octet. No two begin
// with the same four letters, and none becomes another by changing one or two
// letters: what was half heard is no other word. Its order is part of the format. CALL-9
var list = [256]string{
	"acorn", "admiral", "album", "alley", "almond", "amber", "anchor", "antler",
	"apple", "apron", "atlas", "autumn", "avenue", "awning", "bagpipe", "bakery",
	"balloon", "bamboo", "banjo", "basket", "beacon", "beaver", "beetle", "bicycle",
	"bishop", "blossom", "blue", "bonfire", "boulder", "bridge", "bronze", "buckle",
	"buffalo", "burrow", "butter", "cabbage", "cabin", "cactus", "camel", "candle",
	"canyon", "captain", "caravan", "carpet", "cedar", "chalk", "cheese", "cherry",
	"chestnut", "chimney", "cinnamon", "circle", "citrus", "clarinet", "clover", "cobweb",
	"coconut", "coffee", "compass", "copper", "coral", "corridor", "cotton", "cricket",
	"crystal", "cucumber", "cushion", "daisy", "dancer", "dawn", "decade", "dentist",
	"desert", "diamond", "dolphin", "donkey", "drawer", "drummer", "dusk", "eagle",
	"earth", "echo", "elbow", "elephant", "emerald", "engine", "envelope", "evening",
	"fabric", "falcon", "farmer", "feather", "fiddle", "finger", "flamingo", "flannel",
	"forest", "fossil", "fountain", "frigate", "galaxy", "garden", "garlic", "gazelle",
	"giant", "giraffe", "glacier", "globe", "goblet", "gorilla", "granite", "grape",
	"grocery", "guitar", "hamster", "harbor", "harvest", "hedge", "helmet", "horizon",
	"hospital", "hotel", "iceberg", "igloo", "indigo", "inkwell", "insect", "island",
	"ivory", "jaguar", "jasmine", "jelly", "jewel", "jigsaw", "journey", "jungle",
	"juniper", "kangaroo", "kayak", "kernel", "keyhole", "kingdom", "kitchen", "kiwi",
	"ladder", "lagoon", "lantern", "lavender", "lemon", "leopard", "library", "licorice",
	"lily", "linen", "lizard", "lobster", "lunch", "mackerel", "magnet", "marble",
	"meadow", "mermaid", "metal", "midnight", "mirror", "molasses", "morning", "mosaic",
	"muffin", "museum", "mustard", "napkin", "nectar", "nephew", "nickel", "notebook",
	"nutmeg", "oasis", "oatmeal", "ocean", "octopus", "office", "olive", "onion",
	"opera", "orange", "orbit", "orchard", "ostrich", "oxygen", "painter", "palace",
	"pancake", "paper", "parrot", "peacock", "pebble", "pelican", "pencil", "perfume",
	"pharmacy", "picnic", "pigeon", "pillow", "planet", "pocket", "pony", "potato",
	"prairie", "puzzle", "pyramid", "quarter", "queen", "quilt", "rabbit", "radio",
	"rainbow", "raven", "ribbon", "rubber", "saffron", "sailor", "sandal", "sapphire",
	"scarf", "school", "silver", "sketch", "slipper", "snow", "spider", "squirrel",
	"stadium", "sunset", "sweater", "temple", "thimble", "thunder", "tractor", "trumpet",
	"tulip", "tunnel", "turtle", "umbrella", "unicorn", "vanilla", "vessel", "village",
	"violin", "volcano", "walnut", "wheat", "window", "wolf", "yacht", "zebra",
}
