package leak

import "strings"

// lookalikes are letters that look like those of ASCII, as "letter: its look-alikes". Letters with accents, full-width, mathematical, circled and the like
// need no line: their compatibility decomposition says what they are. The choice is ours; Unicode Technical Standard 39 tells how such a list is meant.
const lookalikes = `
a: А а Α α Ꭺ ᴀ ɑ ⍺ Æ:ae æ:ae Ǽ:ae ǽ:ae
b: В в Β β Ь ь Ᏼ ʙ Ƅ
c: С с Ϲ ϲ Ⅽ Ꮯ ᴄ Ⲥ ⲥ
d: Ԁ ԁ Ꭰ ᴅ Đ đ Ð ð ɗ
e: Е е Ε ε Э э Є є Ꭼ ᴇ ɛ ə ℮ Ҽ ҽ
f: Ϝ ƒ Ғ ғ ꜰ ẝ
g: Ԍ ԍ ɡ ɢ Ꮐ ց
h: Н н Η Һ һ Ꮋ ʜ Ħ ħ հ
i: І і Ι ι Ӏ ӏ ı ɩ ɪ Ꭵ Ⲓ ⲓ ꙇ ⍳
j: Ј ј Ϳ ϳ Ꭻ ᴊ ȷ ʝ
k: К к Κ κ Ꮶ ᴋ Қ қ Ⲕ ⲕ ĸ
l: Ꮮ ʟ Ł ł ꓡ
m: М м Μ Ꮇ ᴍ Ⲙ ⲙ
n: Ν П п ո ռ ɴ η Ⲛ ⲛ Ŋ ŋ
o: О о Ο ο σ Օ օ ഠ ၀ Ⲟ ⲟ ᴏ Ø ø ϙ Œ:oe œ:oe
p: Р р Ρ ρ Ꮲ ᴘ Ⲣ ⲣ
q: Ԛ ԛ զ
r: Г г Ꭱ ʀ ᴦ
s: Ѕ ѕ Ꮪ ꜱ Տ ẞ:ss ß:ss
t: Т т Τ τ Ꭲ ᴛ Ⲧ ⲧ Ŧ ŧ Þ:th þ:th
u: υ ս ᴜ ʋ Ս μ
v: ѵ Ѵ ν Ꮩ ᴠ
w: Ԝ ԝ ω ѡ Ꮃ ᴡ ɯ
x: Х х Χ χ Ⲭ ⲭ ᕁ
y: У у Υ γ Ү ү ʏ Ꮍ ყ
z: Ζ ζ Ꮓ ᴢ Ƶ ƶ
3: З з Ʒ ʒ Ӡ ӡ
`

// regional are the letters of flags, negative those in dark circles and squares: neither has a decomposition.
var blocks = []rune{0x1F1E6, 0x1F150, 0x1F170}

var looks = func() map[rune]string {
	m := map[rune]string{}
	for line := range strings.Lines(lookalikes) {
		letter, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for one := range strings.FieldsSeq(list) {
			like, as, ok := strings.Cut(one, ":")
			if !ok {
				as = letter
			}
			for _, r := range like {
				m[r] = as
				break // the first rune is the letter
			}
		}
	}
	for _, first := range blocks {
		for n := range rune(26) {
			m[first+n] = string('a' + n)
		}
	}
	return m
}()

// alike is what a rune looks like.
func alike(r rune) (string, bool) {
	s, ok := looks[r]
	return s, ok
}
