package pattern_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// at makes an observation of things some seconds after noon.
func at(seconds int, things ...pattern.Thing) pattern.Observation {
	when := noon.Add(time.Duration(seconds) * time.Second)
	return pattern.Observation{First: when, Last: when, Things: things}
}

func thing(typ string, pairs ...any) pattern.Thing {
	t := pattern.Thing{Type: typ, ID: typ + "--" + strings.TrimSpace(string(rune('0'+len(pairs))))}
	for i := 0; i+1 < len(pairs); i += 2 {
		t.Properties = append(t.Properties, pattern.Property{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return t
}

func ip(s string) pattern.Thing {
	return pattern.Thing{Type: "ipv4-addr", ID: "ip-" + s, Properties: pattern.Properties{{Name: "value", Value: s}}}
}

// lab is an observation with something of everything.
func lab() []pattern.Observation {
	return []pattern.Observation{at(0,
		ip("198.51.100.7"),
		ip("203.0.113.9"),
		thing("ipv6-addr", "value", "2001:db8::7"),
		thing("domain-name", "value", "Evil.example", "resolves_to_refs", pattern.List{"ip-203.0.113.9", "ip-198.51.100.7"}),
		thing("url", "value", "http://evil.example/a?b=c"),
		thing("network-traffic", "src_ref", "ip-198.51.100.7", "dst_ref", "ip-203.0.113.9", "dst_port", int64(443), "protocols", pattern.List{"ipv4", "tcp"}),
		thing("file", "name", "a.exe", "size", int64(1000), "hashes", pattern.Properties{{Name: "SHA-256", Value: strings.Repeat("aB", 32)}}, "magic_number_hex", "4d5a",
			"extensions", pattern.Properties{{Name: "windows-pebinary-ext", Value: pattern.Properties{{Name: "sections", Value: pattern.List{pattern.Properties{{Name: "entropy", Value: 7.2}}, pattern.Properties{{Name: "entropy", Value: 1.0}}}}}}}),
		thing("x-a", "flag", true, "seen", "2026-11-22T12:00:00.5Z", "text", "caf\u0065\u0301 100%"),
	)}
}

func TestMatchOfOneObservation(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"[ipv4-addr:value = '198.51.100.7']", true},
		{"[ipv4-addr:value = '198.51.100.7/32']", true},
		{"[ipv4-addr:value = '198.51.100.0/24']", true},
		{"[ipv4-addr:value = '198.51.101.0/24']", false},
		{"[ipv4-addr:value != '198.51.100.7']", true}, // the other one
		{"[ipv6-addr:value = '2001:0DB8:0::7']", true},
		{"[ipv6-addr:value NOT = '2001:db8::7']", false},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24']", true},
		{"[ipv4-addr:value ISSUBSET '2001:db8::/32']", false},
		{"[ipv4-addr:value ISSUPERSET '198.51.100.7']", true},
		{"[ipv4-addr:value ISSUPERSET '198.51.100.0/24']", false},
		{"[ipv4-addr:value NOT ISSUBSET '0.0.0.0/0']", false},
		{"[domain-name:value = 'EVIL.example.']", true},
		{"[domain-name:resolves_to_refs[*].value = '198.51.100.7']", true},
		{"[domain-name:resolves_to_refs[0].value = '198.51.100.7']", false},
		{"[domain-name:resolves_to_refs[9].value = '198.51.100.7']", false},
		{"[network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]", true},
		{"[network-traffic:dst_ref.type = 'ipv4-addr']", true},
		{"[network-traffic:src_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]", false},
		{"[network-traffic:protocols[*] = 'tcp']", true},
		{"[network-traffic:dst_port IN (80, 443)]", true},
		{"[network-traffic:dst_port NOT IN (80, 443)]", false},
		{"[network-traffic:dst_port = '443']", false}, // a text is no number
		{"[network-traffic:dst_port > 442.5]", true},
		{"[file:hashes.'SHA-256' = '" + strings.Repeat("ab", 32) + "']", true},
		{"[file:hashes.MD5 = 'x']", false},
		{"[file:size >= 1000 AND file:size < 1001]", true},
		{"[file:name LIKE 'a.%']", true},
		{"[file:name LIKE '_.ex_']", true},
		{"[file:name LIKE '%x%e']", true},
		{"[file:name LIKE 'a']", false},
		{"[file:name MATCHES '^a\\\\.']", true},
		{"[file:name NOT MATCHES 'exe$']", false},
		{"[file:name > 'a.']", true},
		{"[file:magic_number_hex = h'4D5A']", true},
		{"[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]", true},
		{"[file:extensions.'windows-pebinary-ext'.sections[1].entropy > 7.0]", false},
		{"[EXISTS file:size]", true},
		{"[EXISTS file:parent_directory_ref]", false},
		{"[NOT EXISTS file:parent_directory_ref]", true},
		{"[NOT EXISTS mutex:name]", false}, // there is no mutex that could lack a name
		{"[x-a:flag = true]", true},
		{"[x-a:flag != true]", false},
		{"[x-a:seen > t'2026-11-22T12:00:00Z']", true},
		{"[x-a:text LIKE 'caf\u00e9 %']", true},
		{"[file:name = 'b.exe' OR url:value LIKE 'http://evil.example/%']", true},
		{"[file:name = 'a.exe' AND url:value LIKE 'http://evil.example/%']", false}, // no object is both
		{"[file:name = 'a.exe'] AND [url:value LIKE 'http://evil.example/%']", false},
		{"[file:name = 'a.exe'] OR [mutex:name = 'x']", true},
		{"[process:name IN ()]", false},
		{"[file:name = 'a.exe'] START t'2026-11-22T12:00:00Z' STOP t'2026-11-22T12:00:01Z'", true},
		{"[file:name = 'a.exe'] START t'2026-11-22T11:00:00Z' STOP t'2026-11-22T12:00:00Z'", false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			hit, err := p.Match(lab())
			if err != nil || (len(hit) > 0) != tt.want {
				t.Errorf("got %v, %v", hit, err)
			}
		})
	}
}

func TestMatchOfSeveralObservations(t *testing.T) {
	a, b, c := ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3")
	often := at(50, c)
	often.Count = 4
	seen := []pattern.Observation{at(60, b), at(0, a), at(10, a), at(20, a, b), at(100, b), often}
	const A, B, C = "[ipv4-addr:value = '192.0.2.1']", "[ipv4-addr:value = '192.0.2.2']", "[ipv4-addr:value = '192.0.2.3']"
	tests := []struct {
		text string
		want []int
	}{
		{A, []int{1}},
		{A + " AND " + B, []int{1, 3}},
		{A + " AND " + A + " AND " + A + " AND " + A, nil}, // each by another observation, and there are three
		{A + " FOLLOWEDBY " + B, []int{1, 3}},
		{B + " FOLLOWEDBY " + A, nil},
		{A + " FOLLOWEDBY " + B + " FOLLOWEDBY " + B, []int{0, 1, 3}},
		{"(" + A + " FOLLOWEDBY " + C + ") WITHIN 30 SECONDS", []int{3, 5}},
		{"(" + A + " FOLLOWEDBY " + C + ") WITHIN 29.5 SECONDS", nil},
		{A + " REPEATS 3 TIMES", []int{1, 2, 3}},
		{A + " REPEATS 4 TIMES", nil},
		{A + " REPEATS 2 TIMES WITHIN 10 SECONDS", []int{1, 2}},
		{A + " REPEATS 2 TIMES WITHIN 9 SECONDS", nil},
		{C + " REPEATS 4 TIMES", []int{5}}, // one observed-data that was seen four times
		{C + " REPEATS 5 TIMES", nil},
		{"(" + A + " REPEATS 3 TIMES) AND " + B, []int{0, 1, 2, 3}},
		{"(" + A + " FOLLOWEDBY " + B + ") REPEATS 2 TIMES", []int{0, 1, 2, 3}},
		{B + " START t'2026-11-22T12:01:00Z' STOP t'2026-11-22T12:01:30Z'", []int{0}},
		{C + " OR " + B, []int{5}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Match(seen)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

// A pattern that would try all ways to choose among many observations is given up, and quickly.
func TestMatchGivesUp(t *testing.T) {
	var many []pattern.Observation
	for i := range 2000 {
		many = append(many, at(i, ip("192.0.2.1")))
	}
	long := pattern.Thing{Type: "a", Properties: pattern.Properties{{Name: "b", Value: strings.Repeat("x", 1<<20)}}}
	list := make(pattern.List, 3000)
	for i := range list {
		list[i] = list[:min(i, 1)]
	}
	nested := pattern.Thing{Type: "a", Properties: pattern.Properties{{Name: "b", Value: pattern.List{list, list, list, list}}}}
	one := "[ipv4-addr:value = '192.0.2.1']"
	tests := []struct {
		name, text string
		of         []pattern.Observation
	}{
		{"choices", strings.Repeat(one+" AND ", 20) + "[a:b = 1]", many},
		{"repeats", "(" + one + " REPEATS 20 TIMES) AND [a:b = 1]", many},
		{"repeats of joins", "((" + one + " AND " + one + ") REPEATS 1500 TIMES) AND [a:b = 1]", many},
		{"texts", "[" + strings.TrimSuffix(strings.Repeat("a:b LIKE '%y%' OR ", 1000), "OR ") + "]", []pattern.Observation{at(0, long)}},
		{"sets", "[a:b[*][*] IN (" + strings.TrimSuffix(strings.Repeat("1,", 4000), ",") + ")]", []pattern.Observation{at(0, nested)}},
		{"lists", "[" + strings.TrimSuffix(strings.Repeat("a:b[*][*] = 1 OR ", 1000), "OR ") + "]", []pattern.Observation{at(0, nested)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := pattern.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			hit, err := p.Match(tt.of)
			if !problem.Is(err, problem.Invalid) || hit != nil {
				t.Errorf("got %v, %v", hit, err)
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	texts := map[string]string{
		"address": "[ipv4-addr:value = '203.0.113.9']",
		"traffic": "[network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]",
		"regexp":  "[url:value MATCHES '^https?://evil\\\\.example/.*b=']",
	}
	seen := lab()
	for name, text := range texts {
		p, err := pattern.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if hit, _ := p.Match(seen); len(hit) != 1 {
					b.Fatal("no match")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	const text = "[network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port IN (80, 443)] FOLLOWEDBY [file:hashes.'SHA-256' = 'aec070645fe53ee3'] WITHIN 300 SECONDS"
	for b.Loop() {
		if _, err := pattern.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
