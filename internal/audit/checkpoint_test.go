package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func (f fixture) sign() audit.Kept {
	f.t.Helper()
	k, err := f.Sign(ctx, key, audit.Entry{Actor: "os:0", ActorKind: "os-user"}, nil)
	f.must(err)
	return k
}

func TestCheckpointCoversEverything(t *testing.T) {
	each(t, func(f fixture) {
		f.record(3)
		k := f.sign()
		if r := f.verify(); k.Seq != 4 || r.Unsealed != 0 || k.Head != r.Head || !k.Signed() {
			t.Errorf("%+v; %+v", k, r)
		}
		name, err := f.Installation(ctx)
		f.must(err)
		read, err := audit.ReadCheckpoints(strings.NewReader(k.String()+"\n\n"+k.String()+"\n"), func(int, error) { t.Error("a line is bad") })
		if err != nil || len(read) != 2 || !read[0].Signed() || read[0].Installation != name || read[1].Head != k.Head || !read[0].At.Equal(k.At) {
			t.Errorf("%+v, %v", read, err)
		}
	})
}

func TestCheckpointsArePaged(t *testing.T) {
	each(t, func(f fixture) {
		for range 5 {
			f.sign()
			f.clock.Advance(time.Second)
		}
		var seqs []int64
		ask := page.Request{Limit: 2}
		for {
			p, err := f.Checkpoints(ctx, ask)
			f.must(err)
			for _, k := range p.Items {
				seqs = append(seqs, k.Seq)
			}
			if ask.After = p.Next; ask.After == "" {
				break
			}
		}
		if fmt.Sprint(seqs) != "[5 4 3 2 1]" {
			t.Errorf("listed %v", seqs)
		}
		if last, err := f.LastBy(ctx, "nobody"); last != nil || err != nil {
			t.Errorf("%v, %v", last, err)
		}
	})
}

// Whatever byte of a checkpoint is changed: it is none, its signature does not fit, or nothing that counts was changed.
func TestAlteredCheckpoints(t *testing.T) {
	each(t, func(f fixture) {
		f.record(2)
		k := f.sign()
		line := []byte(k.String())
		for i := range line {
			altered := bytes.Clone(line)
			altered[i] ^= 1
			var c audit.Checkpoint
			if json.Unmarshal(altered, &c) == nil && c.Signed() && c.String() != k.String() {
				t.Errorf("byte %d: %s", i, altered)
			}
		}
	})
}

func TestReadCheckpointsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "junk": "x\ny\n", "another object": "{}\n", "too long a line": strings.Repeat("x", 10_000),
		"an unknown field": `{"installation":"a","seq":1,"hash":"` + strings.Repeat("0", 64) + `","at":"2026-11-22T03:00:00.000Z","key":"","signature":"","x":1}`,
	} {
		if got, err := audit.ReadCheckpoints(strings.NewReader(text), func(int, error) {}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzReadCheckpoints(f *testing.F) {
	f.Add("{}\n")
	f.Add(`{"installation":"a","seq":1,"hash":"00","at":"","key":"AA==","signature":""}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := audit.ReadCheckpoints(strings.NewReader(text), func(int, error) {})
		for _, c := range list {
			again, err := audit.ReadCheckpoints(strings.NewReader(c.String()), func(int, error) {})
			if err != nil || again[0].String() != c.String() {
				t.Errorf("%s does not come back: %v", c, err)
			}
		}
	})
}

// One bit flipped in any column of any entry shows, sealed or not.
func TestAnyFlippedByteShows(t *testing.T) {
	columns := map[string][]string{
		"audit_payload": {"actor", "actor_kind", "via", "operation", "object", "reason", "before_value", "after_value"},
	}
	each(t, func(f fixture) {
		f.record(3)
		f.seal(3)
		f.record(2) // these wait for the sealer
		for table, names := range columns {
			for _, column := range names {
				for _, n := range []int{1, 4} { // sealed, and not
					where := fmt.Sprintf(` WHERE id = (SELECT id FROM %s ORDER BY id LIMIT 1 OFFSET %d)`, table, n)
					f.exec(`UPDATE ` + table + ` SET ` + column + ` = 'x' || ` + column + where)
					f.wantFault(f.verify(), "content was changed")
					f.exec(`UPDATE ` + table + ` SET ` + column + ` = substr(` + column + `, 2)` + where)
				}
			}
		}
		f.wantWhole(f.verify())
		f.exec(`UPDATE audit_payload SET at = at + 1`)
		if r := f.verify(); len(r.Faults) != 5 || !strings.Contains(r.Faults[0].String(), "position 1") || !strings.Contains(r.Faults[4].String(), "not sealed yet") {
			t.Errorf("faults: %v", r.Faults)
		}
	})
}

func TestVerifyAgainstMany(t *testing.T) {
	each(t, func(f fixture) {
		var known []audit.Known
		for range 3 {
			f.record(2)
			k := f.sign()
			known = append([]audit.Known{{Head: k.Head, At: k.At}}, known...)
		}
		r, err := f.VerifyAgainst(ctx, known...)
		f.must(err)
		f.wantWhole(r)
		wrong := known[1]
		wrong.Hash[0] ^= 1
		r, err = f.VerifyAgainst(ctx, known[0], wrong, known[2])
		f.must(err)
		f.wantFault(r, "position 6")
		ahead := known[0]
		ahead.Seq += 3
		r, err = f.VerifyAgainst(ctx, append(known, ahead)...)
		f.must(err)
		f.wantFault(r, "its end was cut off")
	})
}
