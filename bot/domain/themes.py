"""Which dimensions a comment speaks of: a closed vocabulary, because free phrases point at single authors."""

import re
from typing import Final

_VOCABULARY: Final = {
    "communication": (
        r"communicat\w*|inform(?:ed|s|ing)?|information|repl(?:y|ies|ied|ying)|respon(?:se|ses|ded|ds|sive\w*)"
        r"|e-?mails?|unanswered|answer(?:s|ed)?|minutes|meetings?|updates?|in the loop|in the dark|told"
        r"|tell(?:s|ing)? us|hear(?:d)?|heard nothing|listen\w*|silen(?:t|ce)|went quiet|phone(?:d)?"
        r"|call(?:ed|s)? back|rang|newsletter|bulletin|message\w*|in touch|straight answer\w*|same story"
        r"|grapevine|report(?:s|ing)?|shar(?:e|es|ed|ing) information|consult(?:ed|ation)|explain\w*"
        r"|explanation|feedback|queries|query|rfis?|questions?|spoke|talk(?:s|ed|ing)?|cyfathrebu|gwrando"
        r"|ymateb"
    ),
    "trust": (
        r"trust(?:s|ed|ing|worthy)?|distrust|mistrust|honest\w*|dishonest\w*|frank(?:ly|ness)?"
        r"|promis(?:e|es|ed|ing)"
        r"|(?:kept|keep|keeps|stuck to|broke|go back on) (?:their|its|our|his|her|your) word|reneg\w*"
        r"|reli(?:able|ability|ed|es)|rely|unreliable|good faith|confiden(?:ce|t) in|relationship\w*|relations"
        r"|us and them|hidden|hid(?:e|es|ing)|mis(?:led|leading)|credib\w*|suspicio\w*|faith"
        r"|said (?:it|they) would|understand(?:s|ing)? (?:our|the) pressure\w*|integrity|transparen\w*"
        r"|two-?faced|behind our backs?|undermin\w*|partnership|ymddiried\w*|ffydd"
    ),
    "roles": (
        r"roles?|responsib\w*|who does what|who (?:is|signs|approves|decides|owns|pays|can)|raci|decisions?"
        r"|decid\w*|decisive|undecided|approv\w*|sign(?:s|ed|ing)?[- ]?off|authori[sz]ation|delegat\w*"
        r"|change control|change (?:requests?|orders?)|process(?:es)?|procedures?|steps|governance|ownership"
        r"|nobody (?:seems to )?owns?|no one owns?|(?:in|into) the gap|unclear|scope|remit|overrul\w*"
        r"|signatures?"
    ),
    "leadership": (
        r"leader(?:s|ship)?|our priorities|shared (?:goals?|objectives?)|joint (?:goals?|objectives?)|vision"
        r"|commitment from|from the top|at the top|lip service|walk the talk|head office|strategic"
        r"|partnership matters|value of the partnership|culture|sponsor(?:s|ship)?|chief exec\w*|board"
    ),
    "working": (
        r"working (?:together|with|arrangements|relationship)|work(?:s|ed)? (?:well )?together|teamwork"
        r"|one team|team spirit|chas(?:e|es|ed|ing)"
        r"|shared (?:tools?|drives?|calendars?|models?|dashboards?|offices?)|tools?|portal|dashboard|systems?"
        r"|log-?ins?|co-?locat\w*|cabins?|turnover|available|availability|understaffed|resourc\w*|deadlines?"
        r"|collaborat\w*|co-?operat\w*|helpdesk|access|handovers?|right person|get hold of|morale|mucked in"
        r"|attendance|worn out|exhausted|overloaded|workload|cydweithio"
    ),
    "focus": (
        r"improv\w*|getting better|getting worse|better than|worse than|backwards|lessons? learned|lessons"
        r"|learn(?:ed|t|ing)?|actions?|follow(?:s|ed)?[- ](?:up|through)|easier|harder|priorit(?:y|ies|ise\w*)"
        r"|work with (?:them|this \w+) again|nothing (?:has )?chang\w*|nothing happened|worth repeating"
        r"|keep doing|stop doing|still (?:open|not fixed|broken)|progress|turn\w* a corner|next step\w*|gwella"
    ),
    "risk": (
        r"risks?|risk register|risky|early warnings?|contingency|exposure|liabilit\w*|stands? to lose"
        r"|insolven\w*|mitigat\w*|what if|float|uncertaint\w*|hazard\w*|unsafe|dangerous|surprises?|overspend"
        r"|worr(?:y|ied|ies|ying)|risg\w*"
    ),
    "openness": (
        r"blam\w*|finger[- ]pointing|point(?:ed|ing)? (?:the )?fingers?|fault|scapegoat\w*|witch hunt"
        r"|defensive\w*|shot down|shouted down|speak(?:ing)? (?:up|out|openly)"
        r"|rais(?:e|ed|es|ing) (?:\w+ ){0,3}(?:issues?|problems?|concerns?|risks?|it|this)"
        r"|own(?:ed|s|ing)? (?:up|the (?:mistake|error))|admit\w*|mistakes?|apolog\w*|open(?:ness|ly)"
        r"|open book|upfront|nobody is hiding|hostil\w*|adversarial|confrontation\w*|attack\w*|argument\w*"
        r"|arguing|escalat\w*|punish\w*|told off|afraid|criticis\w*|safe (?:to say|saying)|excuses?"
    ),
    "seniors": (
        r"seniors?|senior (?:people|managers?|leaders?|management|team)|directors?|executives?|chief exec\w*"
        r"|ceo|heads? of (?:service|department)|board members?|principals?|partners? in charge|top brass"
        r"|management team|counterparts?"
    ),
}
THEMES: Final = tuple(_VOCABULARY)
"""Keys of the nine dimensions, in the order of the question bank."""
_PATTERNS: Final = tuple((key, re.compile(rf"\b(?:{words})\b")) for key, words in _VOCABULARY.items())


def themes_of(plain_text: str) -> tuple[str, ...]:
    """The dimensions whose vocabulary occurs in a comment's plain text (`comment_text.plain`), in their own order."""
    return tuple(key for key, pattern in _PATTERNS if pattern.search(plain_text))
