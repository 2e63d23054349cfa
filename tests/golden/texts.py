"""The texts of the golden vectors: all of this project's own, the ordinary and the nasty."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bertsum_tf.data.corpora import SAMPLE, open_corpus

SPLIT_CASES = Path(__file__).parents[1] / "text/split_cases.json"

# Windows of these lengths make several of an article; the last is the longest of BERT.
WINDOWS = (64, 128, 256, 512)


@dataclass(frozen=True)
class Case:
    """A text to make a vector of.

    Attributes:
        name: of the vector. What is not given below follows from it.
        text: the text.
        max_tokens: tokens a window.
        options: the limits of the summary; None: any.
        scores: how they are made up, a key of `generate.SCORES`; None: any.
    """

    name: str
    text: str
    max_tokens: int = 512
    options: dict[str, Any] | None = field(default=None)
    scores: str | None = None


CHARACTERS = {
    "combining accents": "Le cafe\u0301 ferme. A\u030angstro\u0308m, n\u0303andu\u0301 et Z\u0323\u0307u. Fin de l'histoire, voila\u0300!",
    "accents that start a sentence": "It ended. \u0301Then it began. \u0308\u0301 And so on, said the café's owner.",
    "stacked accents": "Z" + "\u0351\u034d\u0317\u0320\u033c" * 40 + "algo came. He left by the north gate at noon.",
    "accents between stop and space": "It rained.\u0301 It poured!\u0323 And then, quite suddenly, it stopped.",
    "accents in another order": "e\u0323\u0302 and e\u0302\u0323 are \u1ec7. So a\u0316\u0301 is a\u0301\u0316 as well.",
    "composed and decomposed": "\u00c5 \u212b A\u030a. \u1e9b\u0323 \u017f\u0323\u0307. \u00e9 e\u0301 \u00c9 E\u0301 are all one letter here.",
    "full-width forms": "Ｔｈｅ ｃａｔ ｓａｔ． Ｉｔ ｐｕｒｒｅｄ！ ＶＥＲＹ ｌｏｕｄｌｙ？ １２．５ ｐｅｒ ｃｅｎｔ．",
    "full-width latin and han": "Ｈe. 中国。！』あ．い３．５．う Ａ．Ｂ．Ｃ． 終．",
    "half-width katakana": "ﾃｽﾄ｡ ｶﾞｷﾞｸﾞ｡ﾊﾟｰﾃｨｰ ｢ｱｲｳ｣ ｴｵ",
    "chinese": "会议于周一举行。桥梁重新开放了！为什么要等这么久？没有人知道。“真奇怪。”他说。市长没有评论。",
    "chinese with brackets": "他说：「今天下雨。」然后他走了。（没有人看见。）《新闻》【完】。！？……结束。",
    "chinese traditional": "市議會星期二開會！為什麼？沒有人知道。橋梁已經重新開放。",
    "japanese": "会議は月曜日に開かれた。誰も来なかった！なぜだろう？『わからない。』と彼は言った。ガギグゲゴ、パピプペポ。",
    "japanese decomposed kana": "か\u3099き\u3099く\u3099。は\u309aひ\u309a。ハ\u309aーティー。",
    "rare han": "𠀀𠀁𠀂。𪚥𪚥！㐀㐁？豈更車。\U0002f800\U0002f801。 〇〆々。",
    "hangul": "회의는 월요일에 열렸다. 아무도 오지 않았다! 왜 그랬을까? 시장은 아무 말도 하지 않았다.",
    "hangul in jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af. \u1112\u1161\u11ab. ㅎㅏㄴ ㄱㅡㄹ. 한글 한\u11abㄱ.",
    "arabic": "اجتمع المجلس يوم الاثنين. لم يحضر أحد! لماذا؟ قال العمدة: «لا أعرف.» ثم غادر، وانتهى الأمر.",
    "arabic with marks": "العَرَبِيَّةُ جَمِيلَةٌ. مُحَمَّدٌ كَتَبَ الدَّرْسَ؟ ﷺ ﻻ ﷲ. ١٢٫٥ ٪۔ ختم",
    "urdu": "اجلاس پیر کو ہوا۔ کوئی نہیں آیا؟ میئر نے کچھ نہیں کہا۔",
    "hebrew": "המועצה התכנסה ביום שני. אף אחד לא בא! למה? ראש העיר שתק.",
    "hebrew with points": "בְּרֵאשִׁית בָּרָא אֱלֹהִים. שָׁלוֹם עֲלֵיכֶם! צה״ל ו־אר״ם. ד״ר כהן בא.",
    "left-to-right and back": "\u202bשלום.\u202c Then \u200fHe\u200e left. \u2066x\u2069 \u061cy. Nobody said a word to him.",
    "thai": "ที่ประชุมมีขึ้นเมื่อวันจันทร์ ไม่มีใครมา น้ำ \u0e33 กำ. ฝนตก! ทำไม? ไม่มีใครรู้",
    "devanagari": "बैठक सोमवार को हुई। कोई नहीं आया! क्यों? हिन्दी में क्षत्रिय ज्ञान॥ क़ \u0915\u093c ऩ।",
    "other indic": "தமிழ் கொண்டு. ಕನ್ನಡ ಕೊ. বাংলা কো। മലയാളം. සිංහල. ગુજરાતી। ਪੰਜਾਬੀ।",
    "burmese, khmer, ethiopic": "မြန်မာ။ စာ၊ ကောင်း။ ភាសាខ្មែរ។ ថ្ងៃ។ አማርኛ። ሰላም፧ ደህና።",
    "armenian, georgian": "Բարեւ ձեզ։ Ինչպե՞ս եք։ և ﬓ. ქართული ენა. Ა ა. Ⴀ.",
    "greek": "Η ΣΥΝΕΔΡΙΑΣΗ ΑΝΑΒΛΗΘΗΚΕ. Ὀδυσσεύς, ΟΔΥΣΣΕΥΣ. ᾳ ᾼ ᾲ Ω Ω; Γιατί; Κανείς δεν ήξερε.",
    "russian": "Совет собрался в понедельник. Никто не пришёл! Почему? Ёлка, йод, Й и\u0306. Мэр промолчал.",
    "vietnamese": "Hội đồng họp hôm thứ Hai. Không ai đến! Vì sao? Nguyễn Thị Hồng không trả lời.",
    "turkish": "İstanbul'da yağmur. İIıi. DİYARBAKIR IĞDIR ışık. I\u0307zmir i\u0307zmir. Kimse gelmedi.",
    "german": "Die Straße war gesperrt. GROẞE STRASSE, große Straße. Maßgeblich: ß ẞ ss SS. Niemand kam.",
    "ligatures": "ﬁnal oﬃce ﬂow ﬅ ﬆ. Ǆ ǅ ǆ Ǉ ĳ Ĳ. ŉ ǰ Œuvre Æon. The ﬁrst eﬀort ﬁzzled out.",
    "long s and Kelvin": "\u017fo \u212aelvin said. No. \u212a 4 \u212am. K\u212am. 6 \u212am. Nora. \u2126 \u212b.",
    "emoji": "Great 😀! Sad 😢. 👍👍👍. 🎉 Party time 🎉. It was a fine day for all of us 😎",
    "emoji with joiners": "The 👩‍👩‍👧‍👦 moved in. A 👩🏽‍🚀 waved! 🏳️‍🌈. 🧑🏻‍🤝‍🧑🏿 said hello. ❤️‍🔥 it is.",
    "skin tones": "✌🏻✌🏼✌🏽✌🏾✌🏿. 👋🏽! 🏽 alone. The crowd waved back 👋🏿 again.",
    "flags": "🇫🇷 beat 🇩🇪. 🇬🇧🇺🇸 drew! 🇫 alone. 🏴󠁧󠁢󠁳󠁣󠁴󠁿 lost to 🇨🇭 in the end.",
    "keycaps": "Press 1️⃣. Then #️⃣ or *️⃣. 🔟! Ⓜ️ ™️ ©. Then wait for the tone.",
    "zero-width": "a\u200bb c\u200cd e\u200df g\u2060h i\ufeffj. End\u200b. \u200bNext came the\u200b rain. So.\u200b Then.",
    "soft hyphens": "The super\u00adcali\u00adfragi\u00adlistic show ended.\u00ad It be\u00adgan anew. \u00adTwice.",
    "byte order marks": "\ufeffThe council met. \ufeffNobody came.\ufeff Nobody knew\ufeff why it had been called.",
    "control characters": "".join(map(chr, range(32))) + "a.\x1f B\x1cc. \x7f\x80\x85\x9f D. E\x0bF.",
    "nulls": "\u0000The council met.\u0000 Nobody\u0000came. \u0000\u0000 The mayor said\u0000nothing. \u0000",
    "our own marks": "\u0001. \u0002\nA\u0001b. C\n\u0002d\n The \u0001 and \u0002. Both\u0001\u0002 are replaced. End.",
    "line and paragraph separators": "One line\u2028two lines. Three\u2029four. Five\u2029\u2029six. Seven\u2028\u2028eight nine ten.",
    "every blank": "A.\tB.\x0bC.\x0cD.\x1cE.\x1dF.\x1eG.\x1fH.\x85I.\xa0J.\u1680K.\u2000L.\u2003M.\u200aN.\u2028O.\u2029P.\u202fQ.\u205fR.\u3000S.",
    "no blanks": "A.\u180eB.\u200bC.\u200cD.\u2060E.\ufeffF.\u00adG.\u0000H.\u0007I.\u0008J.\u000eK.\u001bL.\u007fM.",
    "wide blanks around": "\u3000\u2003 The council met.\u3000\u3000Nobody came.\u00a0\u202f\u2009 \u205f",
    "replacement characters": "The \ufffd council \ufffd\ufffd met. \ufffd Nobody\ufffdcame. \ufffc It rained on the \ufffd.",
    "high surrogate": "The \ud800 met. Nobody\udbff came. \ud83d",
    "low surrogate": "\udc00 The council met. No\udfffbody came. The end\udc00",
    "surrogates reversed": "The \udc00\ud800 council met. \ude00\ud83d! Nobody\udfff\udbff. Came there.",
    "surrogates only": "\ud800",
    "surrogates in a row": "\ud800\ud800\ud800. \udc00\udc00. \ud83d 😀\ude00 \ud83d😀. The bridge was closed.",
    "surrogate at a stop": "It ended.\ud800 It began. \udc00He left.\ud800\nShe stayed. \ud800. Yes.",
    "private use": "The \ue000 logo \uf8ff met. \U000f0000\U0010fffd! \ue000\ue001. They all went home.",
    "noncharacters": "The \ufffe met. \uffff came. \ufdd0\ufdef. \U0001ffff\U0010ffff! Nobody\ufffeknew.",
    "unassigned": "The \u0378 met. \U0001fbff\u2fe0 came. \U0003ffff\U000e0fff. Nobody knew \u0380 why.",
    "tags and selectors": "A\U000e0001\U000e0041. B\ufe0f\ufe0e. C\U000e0100. D\u180b\u180c. They came to stay.",
    "astral letters": "𝐓𝐡𝐞 𝑐𝑎𝑡 𝒮𝒶𝓉. 𝔉𝔯𝔞𝔨𝔱𝔲𝔯! 𝟙𝟚𝟛. 𐐀𐐨 𐑌. 𐌰𐌱. 𒀀𒀁. 𓀀. 𝕋𝕙𝕖 𝕖𝕟𝕕.",
    "astral music": "\U0001d15e\U0001d165\U0001d16d \U0001d1bb. \U0001d15f\U0001d172! Sung by all of them.",
    "squared and circled": "㎏ ㎞ ㏒. ① ② ⑳. Ⅳ ⅳ ½ ¼ ⅒. ² ³ ⁴ ₂. ℃ ℉ №. ㈱ ㋿ ﷽.",
    "odd quotes": "‹Yes.› «No.» „Maybe.“ ‚So.‘ 〝Aha.〟 ❝Wow.❞ ＂Well.＂ ′Oh.′ `Hm.` ´Ah.´ They went on.",
    "odd dashes": "He left‐then‑came‒and–stayed—here―there−now. --Mr. Hale said so. –Dr. Vale did not. ⸺Nobody. ⸻ End.",
    "odd stops": "What‽ Yes‼ No⁇ So⁈ Go⁉ Then… And․ Dot‥ Mid· Ha。 Hi｡ He． Full．Stop.",
    "symbols": "€5 £6 ¥7 ₹8 ₿9 ¢. ± × ÷ ≤ ≥ ≠ ∞. → ← ↑. ♠ ♥ ☃. § ¶ † ‡ •. © ® ™ ° ª º. All for £1.",
    "ascii punctuation": "! \" # $ % & ' ( ) * + , - . / : ; < = > ? @ [ \\ ] ^ _ ` { | } ~",
    "every ascii character": "".join(map(chr, range(128))),
    "every latin-1 character": "".join(map(chr, range(128, 256))),
    "modifier letters": "ʰello ʷorld. ˈstress ˌless. aʼb. ᵃᵇᶜ. ꜰ ꞌ. Hawaiʻi is far away.",
}

SPECIAL = {
    "special tokens": "[CLS] the [SEP]. [PAD][UNK] ##s. 'I said [MASK].' [cls] [sep] [unk] [ CLS ].",
    "special tokens alone": "[SEP]",
    "only special tokens": "[CLS] [SEP] [PAD] [UNK] [MASK] [unused0] [unused1]",
    "special token in a word": "a[CLS]b. x[SEP]y! The[UNK]end. ##ing and ing. runn##ing is running.",
    "pieces": "##ing ##ed ##s. # # ing. ##. ### four #### five. unaffable embeddings tokenization.",
    "markup": "<p>The council <b>met</b>.</p> <br/> &amp; nobody came. &lt;end&gt; {{x}} %s %d $1 \\1 \\n.",
    "regular expressions": "A (b|c)* d. [^a-z]+ $& \\0 \\u0041. .* came .+ went. ^$ (?:x) {1,2} . End.",
    "javascript names": "constructor toString __proto__ hasOwnProperty valueOf. The constructor. __proto__ came.",
    "json": '{"a": "b. C", "d": [1, 2.5, null]}. "\\u0041". The end came, as it had to.',
}

WORDS = {
    "a word of 100": "a" * 100 + " stands. The other words of this sentence are known.",
    "a word of 101": "a" * 101 + " stands. The other words of this sentence are known.",
    "words of 100 and 101 with accents": "é" * 100 + " " + "é" * 101 + ". " + "e\u0301" * 100 + " x.",
    "astral words of 100 and 101": "𐐨" * 100 + ". " + "𐐨" * 101 + ". " + "😀" * 100 + " " + "😀" * 101,
    "letters that become two": "ﬁ" * 100 + " " + "İ" * 60 + " " + "ß" * 101 + " " + "가" * 34 + ".",
    "letters that vanish": "\u0301" * 200 + " a" + "\u200b" * 200 + "b " + "c\u0000" * 101 + " d.",
    "a word of 10,000": "x" * 10_000,
    "a word of 10,000 in a sentence": "The bridge " + "ab" * 5_000 + " reopened. Traffic was light there.",
    "a word of 10,000 with stops": "No.yes!" * 1_430 + " Then came the rain.",
    "a word of 10,000 han": "桥" * 1_000 + "。" + "He left.",
    "10,000 stops": "." * 10_000,
    "hyphens": "-".join(["well"] * 120) + " known. It was a state-of-the-art, twenty-first-century thing.",
    "words of no piece": "the 🫠🫠 said 龘龘 and ꙮꙮ. 𓀀𓀁 nothing. xꙮ xyzꙮ ꙮxyz said the mayor.",
    "spelling": "zxqjv kwyjibo Llanfairpwllgwyngyll. Pneumonoultramicroscopicsilicovolcanoconiosis. Ok then.",
    "numbers": "3.14159 1,000,000 1.000.000,00 -5 +7 1e10 0x1F 50% $4.5m 7.45 p.m. 10:30 1/2 2024-01-31.",
    "upper case": "THE COUNCIL MET ON MONDAY. NOBODY CAME. MR. HALE OF THE U.S. SAID NO. WHY NOT? NO REASON.",
    "lower case": "the council met on monday. nobody came. mr. hale of the u.s. said no. why not? no reason.",
}

STOPS = {
    "empty": "",
    "a blank": " ",
    "blanks": " \n\t\u3000\r\n\u2029\x0c ",
    "a letter": "a",
    "a stop": ".",
    "two letters": "Hi",
    "three characters": "A. B",
    "stop and blank": ". ",
    "blank and stop": " .",
    "stops only": ". . ! ? ... .. ?! !!",
    "wide stops only": "。！？．｡。。",
    "wide stops and blanks": "。 ！ \n？ ． ",
    "all stops": "a.b!c?d\u2026e\u203cf\u203dg\u2047h\u2048i\u2049j\u0589k\u061fl\u06d4m\u0964n\u0965o\u104bp\u1362q\u1367r\u17d4s",
    "all stops spaced": "A. B! C? D\u2026 E\u203c F\u203d G\u2047 H\u2048 I\u2049 J\u0589 K\u061f L\u06d4 M\u0964 N\u0965 O\u104b P\u1362 Q\u1367 R\u17d4 S",
    "no stops": "the council met on monday and nobody came because it rained all day and the bus was late",
    "no stops at length": "the council met and " * 120,
    "many stops": "!" * 50 + " x " + ". " * 50 + "''. -RRB- -rrb- \". '' ) The",
    "closers only": "\"'”’)]} »›」』）】〉》",
    "stop and closers": "He left.\"')]} She came.”’» They went!?\") \"'( And so it was.",
    "more closers than the rule reads": "He left." + '"' * 12 + " She came." + "''" * 6 + " They went home again.",
    "spaced stops": "He left . . . She came ! ! ! They went . ? ! . . . . Then it rained all night .",
    "windows line ends": "A headline\r\n\r\nThe council met on Monday.\r\nNobody came to it.\r\n\r\nThe end.\r\n",
    "old mac line ends": "A headline\r\rThe council met on Monday.\rNobody came to it.\r\rThe end.\r",
    "mixed line ends": "One.\r\nTwo.\nThree.\rFour.\n\rFive.\r\n\nSix.\n\n\nSeven.\x0bEight.\x0cNine.\u0085Ten.",
    "blank lines": "\n\n\nHeadline\n\n   \n\t\nThe council met\non Monday.\n \nNobody came\n\n\n",
    "tabs": "The council\tmet.\tNobody\t\tcame.\t\n\tIt rained.\t-\tSo they went home\tagain.",
    "wrapped lines": "The council met on Monday evening in the hall,\nwhere nobody had been for years. The mayor\nspoke for an hour about the bridge and its\nmany repairs.\nThen they left.",
    "a wrapped line of 40": "x" * 40 + "\n" + "y" * 41 + "\n" + "z" * 40 + "\n" + "w" * 39 + "\nThe end of it.",
    "a line of 40 astral": "😀" * 40 + "\n" + "😀" * 41 + "\n" + "😀" * 39 + "\nThe end of it.",
    "list numbers": "1. The council met.\n2. Nobody came.\n3) It rained.\n10. The end.\n1234. No item.",
    "list numbers in a line": "1. The council met. 2. Nobody came. 3. 4. It rained. 5. The end. 6.",
    "runs of numbers": "1. 2. 3. 4. The. 5. 1.\n2.\n1. 1. a. b. c. I. II. iv. (1) (a) 1.1. 1.2.3. Yes.",
    "bullets": "- one\n* two\n• three\n‣ four\n· five\n– six\n— seven\n-eight\n  - nine\n+ ten",
    "bullets after a paragraph": "The council agreed on the following points at its meeting:\n- the bridge will be mended;\n- the road will be closed.\nNobody objected.",
    "urls": "See https://example.org/a.b?c=d&e=f#g. Or www.example.com. Or example.co.uk! Go to http://x.y/z... now.",
    "e-mail": "Write to jane.doe@example.org. Or J.R.Hale+news@mail.example.com! Nobody answered @jane.",
    "files and versions": "Open readme.txt. Run v1.2.3. Python 3.11. It's node.js. Use .NET and a.out. Then stop.",
    "tokenised": "The council met on Monday . Nobody came , said Mr. Hale . `` Why ? '' he asked . -LRB- He left . -RRB- So it goes .",
    "tokenised, lower case": "-lrb- cnn -rrb- -- the council met . `` nobody came . '' it rained ... and rained . 'no ! ' he said .",
    "ellipses": "Well ... he left. Well... He left. Well… he left. Well… He left. ... And? .... So. . . . then",
    "nested quotes": '"He said \'No.\' Then he left." "\'Why?\'" she asked. “‘So.’ ” He said: "\'It ended.\'"',
    "nested brackets": "(It ended. [Or did it? {Yes.}] So.) He left (at last.) She stayed [sic]. ((((Deep.)))) End.",
    "unclosed": 'He said: "It ended. (Nobody came. [It rained. She left.” And so on) to the end] of it.',
    "apostrophes": "It's 'em. '90s music. The boys'. Dogs' tails. 'Tis so. O'Neill came. Rock 'n' roll. y'all.",
    "abbreviations": "Mr. and Mrs. Hale of 5 St. James St. met Dr. Vale, Prof. Orr, Lt. Col. Webb and Gen. Poe, Jr. at Acme Inc. and Co. Ltd. He left.",
    "initials": "J. R. R. Hale and J.K. Vale met U.S. and U.K. envoys in Washington D.C. They left. George W. Then came I. Me.",
    "times and dates": "At 7.45 p.m. they met. At 8 a.m. Monday it closed. On Jan. 5 it rained. In Sept. The end. Sat. and Sun. are off.",
    "abbreviations of numbers": "No. 4 won. No. It lost. See p. 12, pp. 3-4, vol. II, fig. 3 and sec. IX. Vol. I ended. No. V came.",
    "units": "It weighs 40 lbs. Nora carried it. It is 6 ft. tall and 3 in. wide. Apples, pears, etc. in baskets. Etc. They left.",
    "names with marks": "Yahoo! said so. Jeopardy! was on. The Yahoo! deal ended. Who? The band The Who? Yum! Brands grew.",
    "latin abbreviations": "E.g. this. I.e. that, e.g. those, i.e. these, cf. Hale, et al. said, viz. nothing, vs. all. Ibid. End.",
    "dialogue": "Q. Who came? A. Nobody. Q: Why? A: It rained. HALE: No. VALE: Yes! — And then? — Nothing.",
    "shouting": "No!!! Why??? Really?!?! YES!!!!!!!!!! Well!? he said. \"What?!\" she cried. Stop! Go! Stop!",
    "stop without space": "It ended.Then it began.He left!She stayed?Yes.\"No.\"Maybe.(So.)Well.",
    "lower case follows": "It ended. then it began. \"Why?\" she asked. \"No!\" he said. i left. iPhone sales fell.",
    "numbers follow": "It ended. 20 people left. 3 stayed. In 2020. 5 came. The answer is 42. 7 is odd.",
    "a line that ends in a stop": "The bridge over the river was closed on Monday after the storm.\nNobody was hurt, the mayor said, and it will open again on Friday.\n",
    "headline": "Bridge closed\nThe bridge over the river was closed on Monday after the storm had damaged it.",
    "headline, long": "The bridge over the river was closed on Monday after the storm\n\nNobody was hurt.",
    "word at the reach": "a" * 38 + ". B. " + "a" * 39 + ". B. " + "a" * 40 + ". B. " + "a" * 41 + ". B " + "c" * 60,
    "abbreviation at the reach": "(" * 37 + "Mr. Hale left. " + "(" * 38 + "Mr. Hale. " + "-" * 39 + "Mr. Hale.",
    "next word at the reach": "He left. " + "b" * 39 + ", " + "he left... " + "c" * 41 + ", it ended. " + '"' * 45 + "no.",
}

KITES = (
    "The red kite rose over the hill. Nobody had seen the red kite rose before that day. "
    "A blue kite fell into the river at noon. The RED Kite rose once more, said the mayor. "
    "Children ran down to the river at noon to look. It was a fine day for all of them. "
    "The mayor said that the bridge would open soon. Soon, the bridge would open, she said again. "
    "The red kite rose over the hill. No rain fell."
)

CHOICES = {
    "repeats": KITES,
    "the same sentence ten times": "The council met on Monday night again. " * 10,
    "the same sentence in other letters": "The Council met on Monday night. THE COUNCIL MET ON MONDAY NIGHT! the council met on tuesday.",
    "repeats over odd blanks": "The red\u00a0kite rose over\u3000the hill. He saw red\u2003kite\u2028rose again that day. The red\u200bkite rose over it all.",
    "repeats with sigma": "Η ΟΔΟΣ ΤΩΝ ΘΕΩΝ ΕΙΝΑΙ ΜΑΚΡΙΑ. Η οδος των θεων ειναι μακρια. Η οδοσ των θεων εδω.",
    "repeats with a dotted I": "The İSTANBUL ŞEHRİ is large and old. The i\u0307stanbul şehri̇ is where he was. The istanbul şehri is there.",
    "repeats with sharp s": "Die GROẞE Straße hier ist lang. Die große straße hier ist kurz. Die grosse Strasse hier ist neu.",
    "repeats with accents": "The café au lait was cold today. The cafe\u0301 au lait was warm today. The CAFÉ AU LAIT was gone.",
    "repeats in astral letters": "𐐀𐐁 𐐂𐐃 𐐄𐐅 said the mayor today. 𐐨𐐩 𐐪𐐫 𐐬𐐭 said the mayor again. The end of it.",
    "short sentences only": "Yes. No. Why? Go! Stop. He left. She came. So it was.",
    "short and long": "Yes. The council met on Monday in the hall. No. Nobody had expected that to happen. Why? Go!",
    "five and six pieces": "He left the hall. He left the hall now. She came at noon too. Oh no. It is so.",
    "one long sentence": "The council, which met on Monday, said nothing about the bridge, the road or the school.",
    "two words a sentence": "Rain fell. Snow came. Wind blew. Ice cracked. Trees bent. Roads closed. Schools shut.",
}

OPTIONS: list[dict[str, Any]] = [
    {"sentences": 3},
    {"sentences": 1},
    {"sentences": 2},
    {"sentences": 5},
    {"sentences": 100},
    {"sentences": 3, "order": "score"},
    {"sentences": 6, "order": "score", "trigram_blocking": False},
    {"sentences": 4, "trigram_blocking": False},
    {"ratio": 0.5},
    {"ratio": 0.25},
    {"ratio": 0.1},
    {"ratio": 0.001},
    {"ratio": 1.0},
    {"ratio": 0.3, "trigram_blocking": False},
    {"ratio": 0.75, "order": "score"},
    {"max_words": 50},
    {"max_words": 1},
    {"max_words": 8},
    {"max_words": 20, "order": "score"},
    {"max_words": 30, "trigram_blocking": False},
    {"max_words": 1000},
]


def cases() -> Iterator[Case]:
    """All cases, each with a name of its own."""
    for group in (CHARACTERS, SPECIAL, WORDS, STOPS):
        for name, text in group.items():
            yield Case(name, text)
    yield from _choices()
    yield from _windows()
    yield from _articles()
    yield from _mixtures()
    for case in json.loads(SPLIT_CASES.read_text(encoding="utf-8")):
        yield Case(f"split case: {case['name']}", case["text"])


def _choices() -> Iterator[Case]:
    """What sentences are chosen by each kind of scores and options."""
    for name, text in CHOICES.items():
        yield Case(name, text)
        yield Case(f"{name}, equal scores", text, scores="equal", options={"sentences": 3})
        yield Case(f"{name}, falling scores", text, scores="falling", options={"ratio": 0.5})
        yield Case(f"{name}, few words", text, scores="coarse", options={"max_words": 12})
    for number, options in enumerate(OPTIONS):
        for scores in ("coarse", "negative"):
            yield Case(f"repeats, options {number}, {scores}", KITES, 64, options, scores)


def _windows() -> Iterator[Case]:
    """Documents that need several windows, or fill one to the brim."""
    stairs = " ".join("the " * count + "end." for count in range(1, 40))
    long = "word " * 250 + "end. "
    texts = {
        "slots full": "Rain fell. " * 100,
        "one piece a sentence": "a\n\n" * 150,
        "stairs": stairs,
        "sentences of more than 200 tokens": long + "Short one. " + long + "And the last.",
        "a long sentence first": long + "Rain fell on the hill. " * 20,
        "a long sentence last": "Rain fell on the hill. " * 20 + long,
        "62 pieces": ("the " * 61 + "end. ") * 4 + "It rained.",
        "61 pieces": ("the " * 60 + "end. ") * 4 + "It rained.",
        "lead to the brim": "the " * 13 + "end. " + ("Rain fell on the hill today. ") * 30,
        "lead beyond the brim": "the " * 14 + "end. " + ("Rain fell on the hill today. ") * 30,
        "lead leaves no room": "Rain fell. Snow came. " + ("the " * 56 + "end. ") * 3,
        "empty sentences": "\u0301. \u200b. The end.\n\n\u0301\n\n\u200b\n\n\u00ad\n\nNobody came.\n\n" * 6,
        "blanks between": "The council met.\n\n\n \n\u3000\nNobody came.   " * 30,
        "chinese at length": "会议于周一举行。没有人来！为什么？" * 40,
        "a slot short": "Go on. " * 63 + "Then the rain began to fall on them. " * 8,
    }
    for name, text in texts.items():
        for size in (64, 128, 512):
            yield Case(f"{name}, windows of {size}", text, size, scores="tenths")
    for size in (8, 16):
        yield Case(f"kites, windows of {size}", KITES, size, scores="tenths")


def _articles() -> Iterator[Case]:
    """The shipped articles: whole, in several windows, and as other programs would give them."""
    texts = [document.text for document in open_corpus(SAMPLE)]
    for number, text in enumerate(texts):
        yield Case(f"article {number}", text, WINDOWS[number % len(WINDOWS)])
    for number in range(0, len(texts), 8):
        yield Case(f"article {number} on Windows", texts[number].replace("\n", "\r\n"))
        one_line = " ".join(texts[number + 1].split())
        yield Case(f"article {number + 1} on one line", one_line)
        yield Case(f"article {number + 2} in capitals", texts[number + 2].upper())
        tokenised = texts[number + 3].replace(". ", " . ").replace(", ", " , ").lower()
        yield Case(f"article {number + 3} tokenised", tokenised)
    for number in (5, 40, 70):
        pair = "\n\n".join(texts[number : number + 3])
        yield Case(f"articles {number} to {number + 2}", pair, scores="tenths")
        yield Case(f"articles {number} to {number + 2}, short windows", pair, 128)


def _mixtures() -> Iterator[Case]:
    """Scraps of all of the above in an order nobody would think of."""
    scraps = [
        *"Mr. U.S. no. J. The etc. lbs. 4 -RRB- '' e.g. Yahoo! v. II 1. [CLS] -- ... .\" was ? (".split(),
        *"a A É ß İ ς 中 あ 한 ا ש ก क 😀 e\u0301 \u200b \u00ad \ufeff \ufffd \ud800 \udc00 𐐀 ＡＢ ﬁ".split(" "),
        *". ! ? … 。 ！ ． ， \" ' ” ’ ) ] ( [ “ - – — 1 19 ３ : ; ,".split(" "),
        *("\n", "\n\n", "\r\n", "\t", "\u2029", "\u00a0", "\u3000", "\x0c", "\x00", "\x01", "\x02"),
        *("the", "said", "running", "unaffable", "- ", "1) ", "Rain fell.", "the red kite"),
    ]
    for number in range(60):
        random_ = random.Random(number)
        glue = " " if number % 2 else ""
        text = glue.join(
            scraps[int(random_.random() * len(scraps))] for _ in range(20 + 4 * number)
        )
        # A high surrogate that comes before a low one is a character in JSON.
        text = json.loads(json.dumps(text))
        yield Case(f"mixture {number}", text, WINDOWS[number % len(WINDOWS)])
