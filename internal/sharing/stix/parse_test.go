package stix_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/sharing/stix"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func limits() stix.Limits { return stix.Limits{Now: now} }

// id makes an id whose number tells it from others.
func id(typ string, n int) string {
	return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", typ, n)
}

// sdo writes a domain object; more is what stands behind its common properties.
func sdo(typ string, n int, more string) string {
	return fmt.Sprintf(`{"type":%q,"spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z"%s}`, typ, id(typ, n), more)
}

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"` + id("bundle", 1) + `","objects":[` + strings.Join(objects, ",\n") + `]}`
}

// taken lists the ids of what was read, and the codes of what was set aside.
func taken(objects []stix.Object, bad []stix.Rejected) string {
	var out []string
	for i := range objects {
		typ, n, ours := strings.Cut(objects[i].ID, "--00000000-0000-4000-8000-")
		if ours {
			typ += strings.TrimLeft(n, "0")
		}
		out = append(out, typ)
	}
	for _, r := range bad {
		out = append(out, string(r.Code))
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	good := sdo("vulnerability", 1, `,"name":"x"`)
	mark := func(n int, more string) string {
		return fmt.Sprintf(`{"type":"marking-definition","spec_version":"2.1","id":%q,"created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"ours"}%s}`, id("marking-definition", n), more)
	}
	marked := func(n int, with string) string {
		return sdo("vulnerability", n, `,"name":"x","object_marking_refs":["`+with+`"]`)
	}
	folder := func(n int, more string) string {
		return fmt.Sprintf(`{"type":"directory","id":%q,"path":"/%d"%s}`, id("directory", n), n, more)
	}
	tests := []struct{ name, text, want string }{
		{"bundle", bundle(good), "vulnerability1"},
		{"envelope", `{"more":false,"objects":[` + good + `]}`, "vulnerability1"},
		{"objects first", `{"objects":[` + good + `],"id":"x","type":"bundle"}`, "vulnerability1"},
		{"a list", "[" + good + "]", "vulnerability1"},
		{"alone", good, "vulnerability1"},
		{"alone behind a mark and blanks", "\xef\xbb\xbf \n" + good + "\n", "vulnerability1"},
		{"an empty bundle", `{"type":"bundle","id":"x"}`, ""},
		{"no objects", `{"type":"bundle","objects":[ ]}`, ""},
		{"twice", bundle(good, good), "vulnerability1"},
		{"twice, written otherwise", bundle(good, strings.ReplaceAll(good, ",", " , ")), "vulnerability1"},
		{"unknown type", bundle(sdo("x-own", 3, `,"a":{"b":[1]}`)), "x-own3"},
		{"STIX 2.0", bundle(strings.Replace(sdo("indicator", 1, `,"pattern":"[a:b=1]","labels":["x"],"valid_from":"2026-01-01T00:00:00Z"`), `"spec_version":"2.1",`, "", 1)), "indicator1"},

		{"collision", bundle(good, sdo("vulnerability", 1, `,"name":"y"`)), "vulnerability1 collision"},
		{"another creator", bundle(good, strings.Replace(sdo("vulnerability", 1, `,"name":"x","created_by_ref":"`+id("identity", 1)+`"`), `"modified":"2026-01`, `"modified":"2026-02`, 1)), "vulnerability1 collision"},
		{"two versions", bundle(good, strings.Replace(good, `"modified":"2026-01`, `"modified":"2026-02`, 1)), "vulnerability1 vulnerability1"},
		{"to come", bundle(strings.Replace(good, `"modified":"2026`, `"modified":"2027`, 1)), "future"},
		{"modified before created", bundle(strings.Replace(good, `"created":"2026-01`, `"created":"2026-02`, 1)), "bad-value"},
		{"no such marking, and another", bundle(marked(2, id("marking-definition", 9)), good), "vulnerability1 no-such-marking"},
		{"a marking behind", bundle(marked(2, id("marking-definition", 9)), mark(9, "")), "vulnerability2 marking-definition9"},
		{"a marking with no such marking", bundle(marked(2, id("marking-definition", 9)), mark(9, `,"object_marking_refs":["`+id("marking-definition", 8)+`"]`)), "no-such-marking no-such-marking"},
		{"marked with an identity", bundle(marked(2, id("identity", 9))), "bad-ref"},
		{"TLP 1", bundle(marked(2, "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed")), "vulnerability2"},
		{"markings in a ring", bundle(mark(1, `,"object_marking_refs":["`+id("marking-definition", 2)+`"]`), mark(2, `,"object_marking_refs":["`+id("marking-definition", 1)+`"]`), good), "vulnerability1 cycle cycle"},
		{"a forged TLP", bundle(strings.Replace(mark(1, ""), id("marking-definition", 1), "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", 1)), "collision"},
		{"inside itself", bundle(folder(1, `,"contains_refs":["`+id("directory", 1)+`"]`)), "cycle"},
		{"folders in a ring", bundle(folder(1, `,"contains_refs":["`+id("directory", 2)+`"]`), folder(2, `,"contains_refs":["`+id("directory", 3)+`"]`), folder(3, `,"contains_refs":["`+id("directory", 1)+`"]`), folder(4, "")), "directory4 cycle cycle cycle"},
		{"a note on a report that lists it", bundle(
			sdo("report", 1, `,"name":"x","published":"2026-01-01T00:00:00Z","object_refs":["`+id("note", 1)+`"]`),
			sdo("note", 1, `,"content":"x","object_refs":["`+id("report", 1)+`"]`)), "report1 note1"},
		{"reports in a ring, in two versions", bundle(
			sdo("report", 1, `,"name":"x","published":"2026-01-01T00:00:00Z","object_refs":["`+id("report", 2)+`"]`),
			strings.Replace(sdo("report", 1, `,"name":"y","published":"2026-01-01T00:00:00Z","object_refs":["`+id("note", 1)+`"]`), `"modified":"2026-01`, `"modified":"2026-02`, 1),
			sdo("report", 2, `,"name":"x","published":"2026-01-01T00:00:00Z","object_refs":["`+id("report", 1)+`"]`)), "cycle cycle cycle"},
		{"a forged TLP, and the true one", bundle(
			strings.Replace(mark(1, ""), id("marking-definition", 1), "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", 1),
			`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","name":"TLP:RED","definition":{"tlp":"red"}}`), "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed collision"},
		{"parent and child", bundle(
			`{"type":"process","id":"`+id("process", 1)+`","pid":1,"child_refs":["`+id("process", 2)+`"]}`,
			`{"type":"process","id":"`+id("process", 2)+`","pid":2,"parent_ref":"`+id("process", 1)+`"}`), "process1 process2"},
		{"from itself to itself", bundle(sdo("relationship", 1, `,"relationship_type":"uses","source_ref":"`+id("tool", 1)+`","target_ref":"`+id("tool", 1)+`"`)), "cycle"},
		{"a name twice", bundle(sdo("vulnerability", 2, `,"name":"x","name":"y"`), good), "vulnerability1 bad-json"},
		{"a name twice, further in", bundle(sdo("vulnerability", 2, `,"name":"x","x_a":{"b":1,"b":2}`), good), "vulnerability1 bad-json"},
		{"no sound JSON", bundle(sdo("vulnerability", 2, `,"name":`), good), "vulnerability1 bad-json"},
		{"odd brackets", bundle(sdo("vulnerability", 2, `,"name":]`), good), "vulnerability1 bad-json"},
		{"no UTF-8", bundle(sdo("vulnerability", 2, ",\"name\":\"\xff\""), good), "vulnerability1 bad-json"},
		{"half a sign", bundle(sdo("vulnerability", 2, `,"name":"\ud800"`), good), "vulnerability1 bad-json"},
		{"things that are no objects", `{"objects":[1,"x",[{"a":1}],null,` + good + `]}`, "vulnerability1 no-object no-object no-object no-object"},
		{"no type", bundle(`{"id":"`+id("tool", 1)+`"}`, good), "vulnerability1 bad-type"},
		{"no id", bundle(`{"type":"tool"}`, good), "vulnerability1 bad-id"},
		{"another's id", bundle(strings.Replace(good, "vulnerability--", "tool--", 1)), "bad-id"},
		{"no name", bundle(sdo("vulnerability", 2, ""), good), "vulnerability1 missing"},
		{"no version", bundle(`{"type":"tool","spec_version":"2.1","id":"` + id("tool", 1) + `","name":"x"}`), "missing"},
		{"a number for a name", bundle(sdo("vulnerability", 2, `,"name":7`), good), "vulnerability1 bad-value"},
		{"null", bundle(sdo("vulnerability", 2, `,"name":null`), good), "vulnerability1 bad-value"},
		{"null in a list", bundle(sdo("vulnerability", 2, `,"name":"x","labels":["a",null]`), good), "vulnerability1 bad-value"},
		{"null in what is not ours", bundle(sdo("vulnerability", 2, `,"name":"x","x_own":{"a":null}`)), "vulnerability2"},
		{"a time that is none", bundle(strings.Replace(good, "2026-01-01T00:00:00.000Z", "yesterday", 1)), "bad-value"},
		{"capitals in a name are another name", bundle(sdo("vulnerability", 2, `,"Name":"x"`), good), "vulnerability1 missing"},
		{"a bad reference", bundle(sdo("vulnerability", 2, `,"name":"x","created_by_ref":"me"`), good), "vulnerability1 bad-ref"},
		{"a port too high", bundle(`{"type":"network-traffic","id":"` + id("network-traffic", 1) + `","protocols":["tcp"],"src_ref":"` + id("ipv4-addr", 1) + `","src_port":70000}`), "bad-value"},
		{"no address", bundle(`{"type":"ipv4-addr","id":"` + id("ipv4-addr", 1) + `","value":"1.2.3"}`), "bad-value"},
		{"the wrong address", bundle(`{"type":"ipv4-addr","id":"` + id("ipv4-addr", 1) + `","value":"::1"}`), "bad-value"},
		{"a number that no double holds", bundle(sdo("vulnerability", 2, `,"name":"x","x_n":[1e999999]`), good), "vulnerability1 bad-value"},
		{"a number without end", bundle(sdo("vulnerability", 2, `,"name":"x","x_n":`+strings.Repeat("9", 5000)), good), "vulnerability1 bad-value"},
		{"numbers that are odd and sound", bundle(sdo("vulnerability", 2, `,"name":"x","x_n":[-0,1e308,12345678901234567890,1e-999]`)), "vulnerability2"},
		{"objects that are null", `{"objects":null}`, ""},
		{"alone, with objects of its own", strings.Replace(sdo("observed-data", 3, `,"first_observed":"2026-01-01T00:00:00Z","last_observed":"2026-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"ipv4-addr","value":"192.0.2.1"}}`), `"spec_version":"2.1",`, "", 1), "observed-data3"},
		{"a bundle in a bundle", bundle(bundle(good)), "bad-type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objects, bad, err := stix.Parse(strings.NewReader(tt.text), limits())
			if got := taken(objects, bad); err != nil || got != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
			for _, r := range bad {
				if r.Reason == "" || r.Raw == nil {
					t.Errorf("%s has no reason, or was not kept: %+v", r.Code, r)
				}
			}
		})
	}
}

// What is wrong as a whole is an error; what came before it stands.
func TestParseOfWhatIsNoBundle(t *testing.T) {
	good := sdo("vulnerability", 1, `,"name":"x"`)
	tests := []struct{ name, text, want, says string }{
		{"nothing", "", "", "cut off"},
		{"a text", "hello", "", "no STIX"},
		{"a number", "12", "", "no STIX"},
		{"cut off", strings.TrimSuffix(bundle(good, good), "}]}"), "vulnerability1", "cut off"},
		{"cut off in a text", bundle(good)[:40], "", "cut off"},
		{"an open text", bundle(good, `{"a":"x}`, good), "vulnerability1", "cut off"},
		{"two lists", `{"objects":[` + good + `],"objects":[` + good + `]}`, "vulnerability1", "two lists"},
		{"more behind", bundle(good) + bundle(good), "vulnerability1", "behind the end"},
		{"no colon", `{"objects" [` + good + `]}`, "", "colon"},
		{"no name", `{objects:[` + good + `]}`, "", "a name was expected"},
		{"too many", bundle(good, sdo("tool", 2, `,"name":"x"`), sdo("tool", 3, `,"name":"x"`), sdo("tool", 4, `,"name":"x"`)), "vulnerability1 tool2 tool3", "more than 3 objects"},
		{"too much", bundle(good, sdo("tool", 2, `,"name":"`+strings.Repeat("x", 9000)+`"`)), "vulnerability1", "more than 8000 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := limits()
			l.Objects, l.Bytes = 3, 8000
			objects, bad, err := stix.Parse(strings.NewReader(tt.text), l)
			if got := taken(objects, bad); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) || got != tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestLimitsOfOneObject(t *testing.T) {
	good := sdo("vulnerability", 1, `,"name":"x"`)
	l := limits()
	l.Object, l.Depth, l.Text, l.Refs, l.Members = 4000, 10, 1000, 20, 300
	tests := []struct{ name, more, want string }{
		{"bytes", `,"x_a":[` + strings.Repeat("[],", 2000) + "0]", "too-large"},
		{"depth", `,"x_a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500), "too-deep"},
		{"text", `,"x_a":"` + strings.Repeat("x", 1500) + `"`, "too-long"},
		{"references", `,"x_refs":[` + strings.Repeat(`"`+id("tool", 1)+`",`, 30) + `"` + id("tool", 1) + `"]`, "too-many"},
		{"members", `,"x_a":[` + strings.Repeat("0,", 400) + "0]", "too-many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			objects, bad, err := stix.Parse(strings.NewReader(bundle(sdo("vulnerability", 2, `,"name":"x"`+tt.more), good)), l)
			if got := taken(objects, bad); err != nil || got != "vulnerability1 "+tt.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// endless gives objects for ever.
type endless struct {
	head, next []byte
	given      int64
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.head) == 0 {
		e.head = e.next
	}
	n := copy(p, e.head)
	e.head = e.head[n:]
	e.given += int64(n)
	return n, nil
}

// A bundle that never ends is read in the memory of one object, up to the limit.
func TestReaderStopsAtTheLimit(t *testing.T) {
	in := &endless{head: []byte(`{"type":"bundle","objects":[{"type":"x`), next: []byte(strings.Repeat("y", 1<<16))}
	l := limits()
	l.Bytes = 50 << 20
	r := stix.NewReader(in, l)
	_, _, err := r.Next()
	if !problem.Is(err, problem.Invalid) || in.given > 51<<20 {
		t.Errorf("after %d bytes: %v", in.given, err)
	}
}

func TestObjectsKnowWhatTheyAre(t *testing.T) {
	text := bundle(
		sdo("x-own", 1, `,"name":"x"`),
		`{"type":"url","id":"url--ae873ad5-e6a3-51e3-9038-5690ac1c832b","value":"http://example.com/a?x=1&y=2"}`,
		`{"type":"url","id":"url--ae873ad5-e6a3-51e3-9038-5690ac1c832b","value":"http://other.example/"}`,
		`{"type":"url","id":"url--be873ad5-e6a3-51e3-9038-5690ac1c832b","value":"http://other.example/"}`,
		strings.Replace(sdo("tool", 2, `,"name":"x","created_by_ref":"`+id("identity", 7)+`"`), "00.000Z", "00.123456Z", 2))
	objects, bad, err := stix.Parse(strings.NewReader(text), limits())
	if err != nil || len(objects) != 4 || len(bad) != 1 || bad[0].Index != 2 {
		t.Fatal(taken(objects, bad), err)
	}
	want := []string{"[unknown-type]", "[]", "[foreign-id]", "[]"}
	for i, o := range objects {
		if fmt.Sprint(o.Quirks) != want[i] || o.SpecVersion != "2.1" || !strings.Contains(text, string(o.Raw)) {
			t.Errorf("%s: %v, version %s", o.ID, o.Quirks, o.SpecVersion)
		}
	}
	last := objects[3]
	if last.Modified.Nanosecond() != 123456000 || last.Index != 4 || len(last.Refs) != 1 || last.Refs[0] != (stix.Ref{Property: "created_by_ref", ID: id("identity", 7)}) {
		t.Errorf("got %+v", last)
	}
	if got := last.String(); !strings.Contains(got, "00.123456Z") {
		t.Errorf("its version is %s", got)
	}
}

// Nothing breaks where a document is cut.
func TestParseOfEveryBeginning(t *testing.T) {
	text := bundle(sdo("vulnerability", 1, `,"name":"a \"b\" \\"`), `{"type":"url","id":"`+id("url", 1)+`","value":"http://a.example/"}`)
	for i := range text {
		if _, _, err := stix.Parse(strings.NewReader(text[:i]), limits()); !problem.Is(err, problem.Invalid) {
			t.Fatalf("%d bytes: %v", i, err)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line is dead") }

func TestReaderTellsOfABrokenLine(t *testing.T) {
	_, _, err := stix.Parse(io.MultiReader(strings.NewReader(`{"objects":[`), broken{}), limits())
	if !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "the line is dead") {
		t.Errorf("got %v", err)
	}
}

// What is called objects and is no list is told, and not taken for nothing.
func TestObjectsThatAreNoList(t *testing.T) {
	one := sdo("vulnerability", 1, `,"name":"x"`)
	for _, text := range []string{`{"objects":` + one + `}`, `{"more":false,"objects":"x"}`, `{"objects":3}`, `{"type":"bundle","objects":{}}`, `{"objects":{},"objects":[` + one + `]}`} {
		if _, _, err := stix.Parse(strings.NewReader(text), limits()); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Who counts what was given is given what stands there twice, and nothing that says something else.
func TestTwice(t *testing.T) {
	good, l := sdo("vulnerability", 1, `,"name":"x"`), limits()
	l.Twice = true
	objects, bad, err := stix.Parse(strings.NewReader(bundle(good, good, sdo("vulnerability", 1, `,"name":"y"`), good)), l)
	if got := taken(objects, bad); err != nil || got != "vulnerability1 vulnerability1 vulnerability1 collision" {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(bundle(sdo("vulnerability", 1, `,"name":"x"`), sdo("x-own", 2, ""))))
	for _, b := range everything() {
		raw, err := stix.Marshal(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	l := limits()
	l.Object, l.Bytes = 1<<16, 1<<18
	f.Fuzz(func(t *testing.T, in []byte) {
		objects, _, err := stix.Parse(bytes.NewReader(in), l)
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatal(err)
		}
		for i := range objects {
			raw, err := stix.Marshal(objects[i].Body)
			if err != nil {
				t.Fatalf("%s cannot be written: %v", objects[i].Raw, err)
			}
			again, bad, err := stix.Parse(bytes.NewReader(raw), stix.Limits{Now: now, Marking: func(string) bool { return true }})
			if err != nil || len(bad) > 0 || len(again) != 1 {
				t.Fatalf("%s, written as %s: %v, %v", objects[i].Raw, raw, bad, err)
			}
			twice, err := stix.Marshal(again[0].Body)
			if err != nil || !bytes.Equal(raw, twice) {
				t.Fatalf("%s is written as %s, and then as %s: %v", objects[i].Raw, raw, twice, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var objects []string
	for i := range 2000 {
		objects = append(objects, sdo("indicator", i, fmt.Sprintf(`,"name":"Beacon %d","pattern":"[ipv4-addr:value = '192.0.2.%d']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z","indicator_types":["malicious-activity"],"object_marking_refs":["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]`, i, i%256)),
			fmt.Sprintf(`{"type":"domain-name","spec_version":"2.1","id":%q,"value":"host%d.example"}`, id("domain-name", i), i))
	}
	text := bundle(objects...)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		got, bad, err := stix.Parse(strings.NewReader(text), limits())
		if err != nil || len(bad) > 0 || len(got) != 4000 {
			b.Fatal(len(got), bad, err)
		}
	}
	b.ReportMetric(float64(4000*b.N)/b.Elapsed().Seconds(), "objects/s")
}
