package pattern_test

import (
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// sound are patterns of each rule of the grammar, with what they are printed as ("": as they stand).
var sound = []struct{ name, text, printed string }{
	{"equal", "[ipv4-addr:value = '198.51.100.1']", ""},
	{"two equal signs", "[ipv4-addr:value=='198.51.100.1']", "[ipv4-addr:value = '198.51.100.1']"},
	{"not equal", "[url:value <> 'x']", "[url:value != 'x']"},
	{"NOT behind the path", "[url:value NOT = 'x']", ""},
	{"order", "[file:size < 10 AND file:size <= 9 AND file:size > 1 AND file:size >= 2]", ""},
	{"set", "[process:name IN ('a','b' , 'c')]", "[process:name IN ('a', 'b', 'c')]"},
	{"empty set", "[process:name NOT IN ()]", ""},
	{"LIKE", "[directory:path LIKE 'C:\\\\Windows\\\\%\\\\foo']", ""},
	{"MATCHES", "[email-message:subject MATCHES '^\\\\[IMPORTANT\\\\]']", ""},
	{"subset", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", ""},
	{"superset", "[ipv6-addr:value NOT ISSUPERSET '2001:db8::/48']", ""},
	{"EXISTS", "[EXISTS windows-registry-key:values]", ""},
	{"NOT EXISTS", "[NOT EXISTS file:name]", ""},
	{"quoted property", "[file:hashes.'SHA-256' = 'aec070645fe53ee3b3763059376134f058cc337247c978add178b6ccdfb0019f']", ""},
	{"property in needless quotes", "[file:'hashes'.'MD5' = 'x']", "[file:hashes.MD5 = 'x']"},
	{"quoted keyword", "[x-own:'AND' = 1]", ""},
	{"reference", "[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'example.com']", ""},
	{"index", "[email-message:to_refs[0].value = 'a@example.com']", ""},
	{"any index", "[domain-name:resolves_to_refs[*].value = '198.51.100.1']", ""},
	{"extension", "[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]", ""},
	{"custom type", "[x-usb-device:usbdrive.serial_number = '575833314133343231313937']", ""},
	{"literals", "[x-a:b IN (1, -1, +5, 0.5, -.5, true, false, 'x', h'00fF', b'AAA=', t'2016-01-01T00:00:00.5Z')]", ""},
	{"brackets in conditions", "[(file:name = 'a' OR file:name = 'b') AND file:size = 3]", ""},
	{"needless brackets", "[((file:name = 'a'))]", "[file:name = 'a']"},
	{"AND binds tighter", "[file:name = 'a' OR file:name = 'b' AND file:size = 3]", ""},
	{"boxes with AND", "[a-b:c = 1] AND [a-b:c = 2]", ""},
	{"FOLLOWEDBY is the loosest", "[a-b:c = 1] FOLLOWEDBY [a-b:c = 2] OR [a-b:c = 3] AND [a-b:c = 4]", ""},
	{"brackets keep", "([a-b:c = 1] OR [a-b:c = 2]) AND [a-b:c = 3]", ""},
	{"brackets of the same join keep", "[a-b:c = 1] AND ([a-b:c = 2] AND [a-b:c = 3])", ""},
	{"WITHIN", "([a-b:c = 1] AND [a-b:c = 2]) WITHIN 300 SECONDS", ""},
	{"REPEATS", "[a-b:c = 1] REPEATS 5 TIMES WITHIN 1800.5 SECONDS", ""},
	{"START", "[a-b:c = 1] START t'2016-06-01T00:00:00Z' STOP t'2016-07-01T00:00:00Z'", ""},
	{"bounds bind to the last", "[a-b:c = 1] FOLLOWEDBY [a-b:c = 2] WITHIN 3 SECONDS", ""},
	{"comments", "/* what */ [a-b:c = 1] // why\n", "[a-b:c = 1]"},
	{"blanks of Unicode", "[\u00a0a-b:c\u2003=\t1\u3000]", "[a-b:c = 1]"},
	{"escapes", `[a-b:c = 'it\'s \\ this']`, ""},
	{"no blanks", "[a-b:c=1]OR[a-b:c=2]", "[a-b:c = 1] OR [a-b:c = 2]"},
}

func TestParse(t *testing.T) {
	for _, tt := range sound {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.printed
			if want == "" {
				want = tt.text
			}
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.String(); got != want {
				t.Fatalf("printed as %s", got)
			}
			again, err := pattern.Parse(p.String())
			if err != nil || again.String() != want {
				t.Errorf("read again: %v, %v", again, err)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, says string }{
		{"nothing", "", "[ or ( was expected"},
		{"no box", "ipv4-addr:value = 'x'", "at 1"},
		{"open box", "[a-b:c = 1", "] was expected"},
		{"open text", "[a-b:c = 'x]", "does not end"},
		{"open comment", "[a-b:c = 1] /* x", "does not end"},
		{"a backslash of its own", `[a-b:c = 'C:\Windows']`, `\\`},
		{"hyphen in a property", "[a-b:c-d = 1]", "hyphens"},
		{"keyword as a type", "[AND:c = 1]", "type of an object"},
		{"no path", "[a-b = 1]", ": was expected"},
		{"no value", "[a-b:c = ]", "a value was expected"},
		{"small letters", "[a-b:c = 1] and [a-b:c = 2]", "should end here"},
		{"order of truths", "[a-b:c < true]", "no order"},
		{"set of nothing behind a comma", "[a-b:c IN ('a',)]", "a value was expected"},
		{"LIKE a number", "[a-b:c LIKE 1]", "a text was expected"},
		{"no network", "[ipv4-addr:value ISSUBSET 'x']", "neither an address nor a network"},
		{"NOT before a test", "[NOT a-b:c = 1]", "behind the path"},
		{"leading noughts", "[a-b:c = 007]", "begin with 0"},
		{"a day that is none", "[a-b:c = t'2016-02-30T00:00:00Z']", "a value was expected"},
		{"odd hexadecimal", "[a-b:c = h'0']", "a value was expected"},
		{"repeated never", "[a-b:c = 1] REPEATS 0 TIMES", "from 1"},
		{"within nothing", "[a-b:c = 1] WITHIN 0 SECONDS", "above 0"},
		{"stopped before it starts", "[a-b:c = 1] START t'2016-07-01T00:00:00Z' STOP t'2016-06-01T00:00:00Z'", "before"},
		{"looking around", "[a-b:c MATCHES '(?=x)']", "RE2"},
		{"back reference", `[a-b:c MATCHES '(a)\\1']`, "RE2"},
		{"two boxes side by side", "[a-b:c = 1] [a-b:c = 2]", "should end here"},
		{"an index that is none", "[a-b:c[x] = 1]", "number of an element"},
		{"no UTF-8", "[a-b:c = '\xff']", "UTF-8"},
		{"an odd sign", "[a-b:c = 1] ; drop", "no meaning"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, %v; want it to say %q", p, err, tt.says)
			}
		})
	}
}

// Patterns that are built to cost are refused before anything runs.
func TestParseRefusesBombs(t *testing.T) {
	many := func(n int, s, sep string) string { return strings.TrimSuffix(strings.Repeat(s+sep, n), sep) }
	tests := []struct{ name, text string }{
		{"long", "[a-b:c = '" + strings.Repeat("x", pattern.MaxText) + "']"},
		{"deep", strings.Repeat("(", 20000) + "[a-b:c=1]" + strings.Repeat(")", 20000)},
		{"deep inside", "[" + strings.Repeat("(", 20000) + "a-b:c=1" + strings.Repeat(")", 20000) + "]"},
		{"boxes", many(3000, "[a-b:c=1]", "OR")},
		{"tests", "[" + many(5500, "a:b=1", " OR ") + "]"},
		{"sets", "[a:b IN (" + many(6000, "1", ",") + ")]"},
		{"regular expressions", "[" + many(500, "a:b MATCHES '(abcdefghij){1000}'", " OR ") + "]"},
		{"one regular expression", "[a:b MATCHES '" + strings.Repeat("x{1000}", 580) + "']"},
		{"a long regular expression", "[a:b MATCHES '" + strings.Repeat("x{1000}", 8000) + "']"},
		{"bounds", "[a:b=1]" + strings.Repeat(" WITHIN 9 SECONDS", 3000)},
		{"steps", "[a:b" + strings.Repeat("[*]", 20000) + " = 1]"},
		{"repeats", "[a:b=1] REPEATS 99999999999 TIMES"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pattern.Parse(tt.text); !problem.Is(err, problem.Invalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The words and rules of the published grammar are those that we read.
func TestGrammarHasNoWordThatWeDoNotKnow(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/data/stix/pattern_grammar/STIXPattern.g4")
	if err != nil {
		t.Skipf("the reference data are not here: %v", err)
	}
	for line := range strings.Lines(string(raw)) {
		_, rule, ok := strings.Cut(line, "  '")
		word, _, _ := strings.Cut(rule, "'")
		if !ok || !strings.Contains(line, ":  '") && !strings.Contains(line, ": '") || word == "" || word[0] < 'A' || word[0] > 'Z' {
			continue
		}
		if _, err := pattern.Parse("[a:" + word + " = 1]"); err == nil {
			t.Errorf("%s is a keyword of the grammar, and was read as a property's name", word)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, tt := range sound {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := pattern.Parse(s)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Fatal(err)
			}
			return
		}
		once := p.String()
		again, err := pattern.Parse(once)
		if err != nil || again.String() != once {
			t.Fatalf("%q is printed as %q, and that is read as %v, %v", s, once, again, err)
		}
		p.Explain()
		if _, err := p.Match(lab()); err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatal(err)
		}
	})
}
