package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// entry is an entry's line, in the order of its keys. Its SHA-256 stands in the line of the entry after it.
type entry struct {
	Item     string `json:"item"`
	Step     int64  `json:"step"`
	At       string `json:"at"`
	By       string `json:"by"`
	Act      Act    `json:"act"`
	Reason   string `json:"reason"`
	To       string `json:"to"`
	Content  string `json:"content"`
	Previous string `json:"previous"`
}

// atForm is how times stand in a line: UTC, milliseconds.
const atForm = "2006-01-02T15:04:05.000Z"

// Line is an entry as it is hashed: one line of JSON, without its end.
func (c *Custody) Line(item string) string {
	text, err := json.Marshal(entry{item, c.Step, c.At.UTC().Format(atForm), c.By, c.Act, c.Reason, c.To, c.content, c.Previous})
	if err != nil {
		return err.Error() // plain values: it does not happen
	}
	return string(text)
}

func (c *Custody) seal(item string) {
	sum := sha256.Sum256([]byte(c.Line(item)))
	c.Hash = hex.EncodeToString(sum[:])
}

// note adds an entry to an item's chain. The item's row is changed first, so that who does so at the same time waits.
func note(tx *sqldb.Tx, i *Item, c Custody) error {
	c.At = c.At.UTC().Truncate(time.Millisecond)
	err := tx.QueryRow(`UPDATE evidence_item SET step = step + 1 WHERE id = $1 RETURNING step, head`, i.ID).Scan(&c.Step, &c.Previous)
	if err != nil {
		return problem.Wrap(problem.Internal, err, "note the custody of a file")
	}
	if c.Previous == "" && c.Step > 1 { // of before there was a chain
		chain, err := Chain(tx, i.ID)
		if err != nil {
			return err
		}
		if len(chain) > 0 {
			c.Previous = chain[len(chain)-1].Hash
		}
	}
	c.seal(i.ID)
	if _, err := tx.Exec(`UPDATE evidence_item SET head = $2 WHERE id = $1`, i.ID, c.Hash); err != nil {
		return err
	}
	i.Step, i.Head = c.Step, c.Hash
	_, err = tx.Exec(`INSERT INTO evidence_custody (id, item, at, actor, act, reason, step, hash, content, recipient) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id.NewAt(c.At), i.ID, c.At, c.By, string(c.Act), c.Reason, c.Step, c.Hash, c.content, c.To)
	return err
}

// Chain lists what was done with an item, oldest first, with the hashes as they are computed now.
func Chain(tx *sqldb.Tx, item string) (list []Custody, err error) {
	previous := ""
	err = tx.Each(`SELECT step, at, actor, act, reason, recipient, content, hash FROM evidence_custody WHERE item = $1 ORDER BY step, id`, []any{item}, func(scan func(...any) error) error {
		c := Custody{Previous: previous}
		var at int64
		err := scan(&c.Step, &at, &c.By, &c.Act, &c.Reason, &c.To, &c.content, &c.stored)
		c.At = sqldb.Time(at)
		c.seal(item)
		previous = c.Hash
		list = append(list, c)
		return err
	})
	return list, err
}

// What can be wrong with a chain.
const (
	WrongEntry   = "entry"   // it was altered since it was written, or one before it
	WrongMissing = "missing" // entries are gone
	WrongHead    = "head"    // the audit record names another hash for it
	WrongContent = "content" // the file that it received is not the one that the item names
)

// Verdict says whether a chain holds.
type Verdict struct {
	Holds    bool   `json:"holds"`
	Step     int64  `json:"step,omitempty"` // of the first entry that does not
	Why      string `json:"why,omitempty"`  // a code
	Recorded int    `json:"recorded"`       // entries whose hash the audit record names too
}

// Verify examines the chain of an item. heads are the hashes that the audit record names, by step: who rewrites a chain and all its hashes would have to
// rewrite that too.
func (v *Vault) Verify(i *Item, chain []Custody, heads map[int64]string) Verdict {
	out := Verdict{Holds: true}
	wrong := func(step int64, why string) Verdict { return Verdict{Step: step, Why: why, Recorded: out.Recorded} }
	for n := range chain {
		c := &chain[n]
		switch head, known := heads[c.Step]; {
		case c.Step != int64(n+1):
			return wrong(int64(n+1), WrongMissing)
		case c.stored != "" && c.stored != c.Hash:
			return wrong(c.Step, WrongEntry)
		case known && head != c.Hash:
			return wrong(c.Step, WrongHead)
		case known:
			out.Recorded++
		}
		if c.content != "" && i.SHA256 != "" && c.content != v.content(i) {
			return wrong(c.Step, WrongContent)
		}
	}
	last := int64(len(chain))
	for step := range heads {
		if step > last {
			return wrong(last+1, WrongMissing)
		}
	}
	if i.Step != last || last > 0 && i.Head != "" && i.Head != chain[last-1].Hash {
		return wrong(last+1, WrongMissing)
	}
	return out
}
