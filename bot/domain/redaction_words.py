"""First and last names that are also ordinary English words: a comment may use them without meaning a person."""

from typing import Final

_MONTHS: Final = "january february march april may june july august september october november december"
MONTHS: Final = frozenset(_MONTHS.split())
"""Names that are months first: "in May" is a date, "thanks to May" is a person."""

_WORDS: Final = """
abbey able acre act ada ai al alley am amber an and angel any apple archer are armour art as ash at autumn back
bacon bailey baker ball balm banks banner barn baron basil bay be beach bean bear beck bell berry best bill bird
bishop black blaze bliss block bloom blue board bond book boot boss bow bowl box boy brand brass bread breeze bridge
bridges bright brook brooks broom brown buck bud bull burden burn bush butcher butler by cage can cannon care carol
carpenter carter case cash castle chance chandler channel chapel chapman charity chase chef church clay cliff close
cloud coach coal coast cobb coffee cole constable constant cook cooper corn cotton council counter court crane crisp
cross crow crown crystal curry daisy dale dash dawn day days dean dear deed deer desire dew dial dick dine do dock
doe dolly dolphin dove down drake draw drew drive drum duke dusty duty eagle earl early east ebony echo eden edge em
ember english even ever fair faith fan farm farmer fast faulty fay fern field fields finch fine first fisher fleet
fletcher flint flood flora flowers fly ford foreman forest foster fountain fox frank franklin free freeman french
friend frost fry fuller gale game gap garden gardener garland gates gay gem general gentle giles gin ginger glade
glass glen gold golden good goose grace grand grange grant grave graves gray green greene grey grove guest gully guy
hail hale hall ham hammer hand handy hardy harmony hart harvest hatch haven hawk hay hazel he head heart heath
heather heaven hedges hello henna herb heritage hero hill hills hint ho hogg holiday holly holt home honey honour
hood hook hope horn house howl hull hunt hunter hurry hyde i ice in iris iron is it ivory ivy jack jade jasmine jay
jean jet jewel job jolly joy judge just justice keen keep key keys kind king kirk kit kitchen knight knott lace lake
lamb lance land lane lark last laurel law lawless lawn lea leaf lee left light lily lime link little lock lodge long
lord love low loyal luck lynch major mallow man manor maple marble mark marks marsh marshal marshall marvel mason
master masters max maxim mayor me mead meadow mean medley melody merit merry mews miles milk mill miller mills mini
mint miracle mist money monk moody moon moor more morning moss mount my myrtle nail name nell nettle new nice nick
night no noble noon north not note nurse oak oaks of oh olive on opal or orange orchard outlaw owl pace page paige
paint painter palm pan park parks parson parsons past patch patience paul peace peach peacock pearl peel pen penny
pepper perch petal peter phone pick pickle pierce pike pin pine piper pitt plane plant plum point pole pond pool
poole poppy port porter post pot potter power powers precious presence price pride priest prince prior prosper
prudence purse quick quill rain ram ran randy rank ray read ready reed reeve reeves rest rice rich ridge ring rise
rising river rivers road rob robin rock rod rook root rope roper rose rosemary ross round row ruby rudder rush
russet rust rye sable sage sail sailor sales salmon salt sand sandy satin savage scarlet scope sea seal season seed
self sense serene sergeant service sharp shepherd sheriff shine ship shore short shot silk silver singer skip sky
slate slaughter sloane small smart snow so song sorrow south spark sparks speed spencer spice spring sprout square
stack staff stamp star stark steel steele sterling steward stiles still stock stone stones storm strange stream
street strength strong style sue summer summers sun sunny sunshine swan sweeney sweet swift tab tailor tanner teal
temple terry the thorn thrift tide tiger tiller timber to toll tom tower towers town trace trade trip true trust
tulip turner twigg tyler tyne up usher vale van vance venture verity vicar vice victor victory view vine viola
violet virtue wade wait walk walker wall walls ward warden ware warm warner waters watt watts way we weather weaver
webb week welcome well wells west wharf what wheat wheeler when whistle white who wick wild wilde will wills win
wind window windows winner winter winters wise wit wolf wonder wood woods woody wool work workman works worth wren
wright yard yes you young zeal
"""

ORDINARY_WORDS: Final = MONTHS | frozenset(_WORDS.split())
