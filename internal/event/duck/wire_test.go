package duck

import (
	"bytes"
	"database/sql/driver"
	"io"
	"math"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// every is a column of each kind, as the plan has it and as it goes over the wire.
var every = []plan.Column{
	{Name: "text", Kind: event.Text},
	{Name: "int", Kind: event.Int},
	{Name: "ip", Kind: event.IP},
	{Name: "float", Kind: event.Float},
	{Name: "flag", Kind: event.Bool},
	{Name: "at", Kind: event.Time},
	{Name: "day", Kind: event.Int, Bucket: 24 * time.Hour},
	{Name: "hour", Kind: event.Int, Bucket: time.Hour},
}

func TestWireTypes(t *testing.T) {
	if got := wireTypes(every); got != "siuufbiii" {
		t.Error(got)
	}
}

// TestRowsOverTheWire draws rows and sends them through blocks and frames.
func TestRowsOverTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "rows")
		b := newBlock("si")
		texts, numbers := make([]any, n), make([]any, n)
		for i := range n {
			texts[i], numbers[i] = drawn(t, rapid.String()), drawn(t, rapid.Int64())
			if err := b.add([]driver.Value{texts[i], numbers[i]}); err != nil {
				t.Fatal(err)
			}
		}
		var pipe bytes.Buffer
		if err := writeFrame(&pipe, frameBatch, b.encode(nil)); err != nil {
			t.Fatal(err)
		}
		_, body, err := readFrame(&pipe, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err := newAssembler(every[:2], "si").assemble(body)
		if err != nil || out.N != n {
			t.Fatalf("%d rows, %v", out.N, err)
		}
		for i := range n {
			if got := out.Columns[0].Null[i]; got != (texts[i] == nil) || !got && out.Columns[0].Texts[i] != texts[i] {
				t.Fatalf("text %d", i)
			}
			if got := out.Columns[1].Null[i]; got != (numbers[i] == nil) || !got && out.Columns[1].Ints[i] != numbers[i] {
				t.Fatalf("number %d", i)
			}
		}
	})
}

func drawn[T any](t *rapid.T, g *rapid.Generator[T]) any {
	if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return nil
	}
	return g.Draw(t, "value")
}

func TestEveryKindOverTheWire(t *testing.T) {
	hi, lo := event.Words(netip.MustParseAddr("203.0.113.7"))
	b := newBlock("siuufbiii")
	at := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	day := at.Unix()/86400 + 100_000 // as the plan counts days
	hour := day*24 + 3
	for _, row := range [][]driver.Value{
		{"x", int64(-5), hi, lo, 1.5, true, at.UnixMilli(), int32(day), int32(hour)},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil},
		{"", int64(0), uint64(0), uint64(0), 0.0, false, int64(0), int32(99_999), int32(24*100_000 - 1)},
	} {
		if err := b.add(row); err != nil {
			t.Fatal(err)
		}
	}
	out, err := newAssembler(every, "siuufbiii").assemble(b.encode(nil))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"x|-5|203.0.113.7|1.5|1|2026-11-22T03:00:00Z|2026-11-22|2026-11-22T03:00", "-|-|-|-|-|-|-|-", "|0|-|0|0|1970-01-01T00:00:00Z|1969-12-31|1969-12-31T23:00"} {
		cells := make([]string, len(out.Columns))
		for j := range cells {
			cells[j] = cell(&out.Columns[j], i)
		}
		if got := strings.Join(cells, "|"); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
}

func TestBlockRefusesOtherTypes(t *testing.T) {
	for _, types := range []string{"s", "i", "u", "f", "b"} {
		values := map[string]driver.Value{"s": "", "i": int64(1), "u": uint64(1), "f": 1.0, "b": true}
		for of, v := range values {
			if err := newBlock(types).add([]driver.Value{v}); (err == nil) != (of == types) {
				t.Errorf("%T in a column %s: %v", v, types, err)
			}
		}
		if err := newBlock(types).add([]driver.Value{time.Time{}}); err == nil {
			t.Errorf("a time in a column %s", types)
		}
	}
}

func TestBlockIsFull(t *testing.T) {
	b := newBlock("s")
	for !b.full() {
		if err := b.add([]driver.Value{strings.Repeat("x", 10_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if b.rows > 110 {
		t.Errorf("%d rows of 10 kB", b.rows)
	}
}

// FuzzDecode is a child that was taken over.
func FuzzDecode(f *testing.F) {
	b := newBlock("siuufbiii")
	_ = b.add([]driver.Value{"x", int64(1), uint64(1), uint64(2), 1.5, true, int64(3), int64(4), nil})
	f.Add(b.encode(nil))
	f.Add([]byte{255, 255, 255, 255})
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := newAssembler(every, "siuufbiii").assemble(body)
		if err != nil {
			return
		}
		for i := range out.Columns {
			if len(out.Columns[i].Null) != out.N {
				t.Fatalf("column %d has %d values for %d rows", i, len(out.Columns[i].Null), out.N)
			}
			for r := range out.N {
				_ = cell(&out.Columns[i], r)
			}
		}
	})
}

func TestFrames(t *testing.T) {
	var pipe bytes.Buffer
	if err := writeJSON(&pipe, frameEnd, summary{Rows: 7}); err != nil {
		t.Fatal(err)
	}
	whole := pipe.Bytes()
	kind, body, err := readFrame(bytes.NewReader(whole), make([]byte, 100))
	if err != nil || kind != frameEnd || string(body) != `{"rows":7,"truncated":false,"held":0,"space":0}` {
		t.Errorf("%c %s %v", kind, body, err)
	}
	for _, cut := range []int{0, 3, 5, len(whole) - 1} {
		if _, _, err := readFrame(bytes.NewReader(whole[:cut]), nil); err == nil {
			t.Errorf("cut at %d is read", cut)
		}
	}
	if _, _, err := readFrame(bytes.NewReader([]byte{0, 0, 0, 255, 'B'}), nil); err == nil || err == io.EOF {
		t.Errorf("4 GB are believed: %v", err)
	}
	if err := writeJSON(io.Discard, frameRequest, strings.Repeat("x", maxFrame)); err == nil {
		t.Error("a frame too long is written")
	}
	if err := writeJSON(io.Discard, frameRequest, math.NaN()); err == nil {
		t.Error("NaN is written as JSON")
	}
}

func TestArguments(t *testing.T) {
	moment := time.Date(2026, 11, 22, 0, 0, 0, 1000, time.UTC)
	p := plan.Plan{Args: []any{"s", int64(math.MinInt64), uint64(math.MaxUint64), 0.1, true, moment, []string{"a", "b"}}}
	r, err := requestOf(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	back, err := values(r.Args)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range p.Args[:6] {
		if back[i].Value != v || back[i].Ordinal != i+1 {
			t.Errorf("%v became %v", v, back[i])
		}
	}
	if _, err := requestOf(plan.Plan{Args: []any{1i}}, 1); err == nil {
		t.Error("a complex number is a value")
	}
	for _, bad := range []argument{{Type: "x"}, {Type: "i", Value: "a"}, {Type: "u", Value: "-1"}, {Type: "f", Value: ""}, {Type: "t", Value: "now"}} {
		if _, err := values([]argument{bad}); err == nil {
			t.Errorf("%+v is read", bad)
		}
	}
}

func TestSettings(t *testing.T) {
	s := settings{Segments: "/data/o'brien", Temp: "/tmp/x/", Memory: 384 << 20, TempLimit: 1 << 30, Threads: 2}
	all := strings.Join(s.statements(), "\n")
	for _, want := range []string{"memory_limit = '384MiB'", "threads = 2", "['/data/o''brien/', '/tmp/x/']", "enable_external_access = false\nSET lock_configuration = true"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in %s", want, all)
		}
	}
	env, err := s.environment()
	if err != nil {
		t.Fatal(err)
	}
	name, text, _ := strings.Cut(env[0], "=")
	t.Setenv(name, text)
	if back, err := settingsFromEnvironment(); err != nil || back != s {
		t.Errorf("%+v, %v", back, err)
	}
}

// TestChildRefusesToStart gives the child's entry wrong settings.
func TestChildRefusesToStart(t *testing.T) {
	var out bytes.Buffer
	t.Setenv(Variable, "{")
	if code := Child(strings.NewReader(""), &out, Linked); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if kind, body, err := readFrame(&out, nil); err != nil || kind != frameFault || !strings.Contains(string(body), "settings") {
		t.Errorf("%c %s %v", kind, body, err)
	}
}

// TestOddRequests speaks with a child directly.
func TestOddRequests(t *testing.T) {
	dir := t.TempDir()
	con, err := Linked.open(settings{Segments: dir, Temp: dir, Memory: 64 << 20, TempLimit: 64 << 20, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer con.Close()
	for _, tt := range []struct{ name, body, kind, says string }{
		{"no JSON", "{", "X", "request"},
		{"no SELECT", `{"sql":"DROP TABLE x"}`, "X", "refused"},
		{"a wrong value", `{"sql":"SELECT 1","args":[{"t":"?"}]}`, "X", "unknown type"},
		{"too few columns", `{"sql":"SELECT 1","types":"ii","max":1}`, "X", "1 columns where 2"},
		{"another type", `{"sql":"SELECT 'a'","types":"i","max":1}`, "X", "string where"},
		{"no such table", `{"sql":"SELECT x FROM y","types":"i"}`, "X", "other"},
		{"nothing to give", `{"sql":"SELECT CAST(1 AS BIGINT) WHERE FALSE","types":"i","max":1}`, "E", `"rows":0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, ask := io.Pipe()
			answer, out := io.Pipe()
			done := make(chan error)
			go func() { done <- newChild(Linked, con, out).serve(in) }()
			if kind, _, err := readFrame(answer, nil); err != nil || kind != frameReady {
				t.Fatalf("%c, %v", kind, err)
			}
			if err := writeFrame(ask, frameRequest, []byte(tt.body)); err != nil {
				t.Fatal(err)
			}
			kind, body, err := readFrame(answer, nil)
			_ = ask.Close()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err != nil || string(kind) != tt.kind || !strings.Contains(string(body), tt.says) {
				t.Errorf("%c %s %v", kind, body, err)
			}
		})
	}
}

func TestTail(t *testing.T) {
	var l tail
	if _, err := l.Write([]byte(strings.Repeat("y", tailSize) + "fatal error: out of memory\ngoroutine 1")); err != nil {
		t.Fatal(err)
	}
	l.ended("exit status 2")
	if got := l.String(); !strings.HasPrefix(got, "exit status 2: y") || !strings.HasSuffix(got, "fatal error: out of memory") || len(got) > tailSize+20 {
		t.Errorf("%.40s…%s", got, got[max(0, len(got)-30):])
	}
}

func TestNoPlaceForTemp(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := New(Options{Segments: t.TempDir(), Temp: file})
	if _, err := (&house{client: c}).runErr(); err == nil || !strings.Contains(err.Error(), "starting the query engine") {
		t.Errorf("%v", err)
	}
}

func (h *house) runErr() ([]string, error) {
	lines, _, err := h.run(endless)
	return lines, err
}
