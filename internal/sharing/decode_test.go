package sharing

import (
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestPlain(t *testing.T) {
	tests := []struct {
		name, text   string
		objects, bad int
		kind         problem.Kind
	}{
		{"a bundle", bundle(indicator(1, v1, ""), address(2, "192.0.2.1")), 2, 0, problem.Internal},
		{"an envelope", `{"more":false,"objects":[` + indicator(1, v1, "") + `]}`, 1, 0, problem.Internal},
		{"one object", indicator(1, v1, ""), 1, 0, problem.Internal},
		{"an empty envelope", `{}`, 0, 1, problem.Internal},
		{"no list", `{"objects":3}`, 0, 0, problem.Invalid},
		{"cut off", `{"objects":[` + indicator(1, v1, ""), 0, 0, problem.Invalid},
		{"a list", `[1]`, 0, 0, problem.Invalid},
		{"nothing", ``, 0, 0, problem.Invalid},
		{"what is none among them", bundle(`3`, `null`, `{"id":7}`, indicator(1, "yesterday", "")), 0, 4, problem.Internal},
		{"another version", bundle(indicator(1, v1, `,"spec_version":"3.0"`)), 0, 1, problem.Internal},
		{"deep", bundle(`{"a":` + strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000) + `}`), 0, 0, problem.Invalid},
	}
	for _, tt := range tests {
		list, bad, err := Plain(strings.NewReader(tt.text))
		if len(list) != tt.objects || len(bad) != tt.bad || err != nil && problem.KindOf(err) != tt.kind || err == nil && tt.kind != problem.Internal {
			t.Errorf("%s: %d, %d, %v", tt.name, len(list), len(bad), err)
		}
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		name, object string
		want         []string
	}{
		{"an address", address(1, "192.0.2.1"), []string{"192.0.2.1"}},
		{"hashes", `{"type":"file","id":"x","hashes":{"MD5":"AA","SHA-256":"bb"},"name":"Evil.EXE"}`, []string{"aa", "bb", "evil.exe"}},
		{"a pattern", `{"pattern":"[url:value = 'http://a.example/\\'x\\'' OR file:name='b']"}`, []string{"http://a.example/'x'", "b"}},
		{"a network", `{"type":"autonomous-system","number":64500,"name":"Net"}`, []string{"net", "as64500"}},
		{"references", `{"source_ref":"a--b","object_refs":["c"],"external_references":[{"source_name":"cve","external_id":"CVE-2026-1"}]}`, []string{"cve-2026-1"}},
	}
	for _, tt := range tests {
		v, err := parsed([]byte(tt.object))
		if err != nil {
			t.Fatal(err)
		}
		got := valuesOf(v)
		if tt.name == "a pattern" || tt.name == "a network" {
			slices.Sort(got)
			slices.Sort(tt.want)
		}
		if got = slices.DeleteFunc(got, func(s string) bool { return len(s) < 2 }); !slices.Equal(got, slices.DeleteFunc(tt.want, func(s string) bool { return len(s) < 2 })) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestDigestDoesNotKnowOrder(t *testing.T) {
	a, err := contentOf([]byte(`{"a":1,"b":[1,2.50]}`))
	b, err2 := contentOf([]byte(` {"b": [1, 2.50], "a": 1}`))
	c, err3 := contentOf([]byte(`{"b":[2.50,1],"a":1}`))
	if err != nil || err2 != nil || err3 != nil || !slices.Equal(a.digest, b.digest) || slices.Equal(a.digest, c.digest) {
		t.Error("what is the same is not, or what differs is")
	}
}

func FuzzPlain(f *testing.F) {
	f.Add(bundle(indicator(1, v1, ""), address(2, "192.0.2.1")))
	f.Add(`{"objects":[{}]}`)
	f.Add(indicator(3, v3, `,"object_marking_refs":["x"]`))
	f.Fuzz(func(t *testing.T, text string) {
		list, bad, err := Plain(strings.NewReader(text))
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatalf("%v", err)
		}
		for i := range list {
			if _, err := contentOf(list[i].Raw); err != nil || list[i].Type == "" {
				t.Fatalf("taken, and cannot be looked into: %s", list[i].Raw)
			}
		}
		for _, no := range bad {
			if no.Code == "" || no.Detail == "" {
				t.Fatalf("no reason: %+v", no)
			}
		}
	})
}
