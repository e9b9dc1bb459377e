package evidence

import (
	"encoding/json"
	"io"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// body is what of an item is sealed.
type body struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
}

const maxName = 200 // bytes

// Add notes a stored file as an item, and how it came. It is a step of somebody's operation, which authorises and audits. Errors: Unavailable if the
// file was removed since it was put.
func (v *Vault) Add(tx *sqldb.Tx, now time.Time, by string, s Stored, i Item) (Item, error) {
	i.ID, i.Added, i.Size, i.SHA256, i.address = id.NewAt(now), now, s.Size, s.SHA256, s.Address
	i.Name, i.MediaType = Name(i.Name), mediaType(i.MediaType)
	text, err := json.Marshal(body{i.Name, i.MediaType, s.SHA256})
	if err != nil {
		return Item{}, err
	}
	if err := v.uses(tx, now, s.Address); err != nil {
		return Item{}, err
	}
	key, err := v.sealer.KeyFor(i.ID)
	if err != nil {
		return Item{}, err
	}
	if _, err := tx.Exec(`INSERT INTO evidence_item (id, about, parent, address, size, quarantined, added, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		i.ID, i.About, i.Parent, s.Address, s.Size, i.Quarantined, now, key.Seal("body", text)); err != nil {
		return Item{}, err
	}
	return i.shown(), note(tx, now, i.ID, by, Received, "")
}

// Name makes a file's name harmless: no folders, control characters or marks that turn text round; never empty.
func Name(s string) string {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, "_"), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`"<>|:*?`, r) {
			return '_'
		}
		return r
	}, s)
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	if strings.Trim(s, "./ ") == "" {
		return "file"
	}
	return s
}

func mediaType(s string) string {
	if s == "" || len(s) > 100 || strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/") != "" {
		return "application/octet-stream"
	}
	return strings.ToLower(s)
}

// shown hides what a quarantined item may not tell.
func (i Item) shown() Item {
	if i.Quarantined {
		i.SHA256 = ""
	}
	return i
}

const columns = `id, about, parent, address, size, quarantined, added, body`

// Of lists the items of a report or incident, those that came with its messages too, oldest first.
func (v *Vault) Of(tx *sqldb.Tx, parent string) (list []Item, err error) {
	err = tx.Each(`SELECT `+columns+` FROM evidence_item WHERE parent = $1 ORDER BY added, id`, []any{parent}, func(scan func(...any) error) error {
		i, err := v.read(scan)
		list = append(list, i.shown())
		return err
	})
	return list, err
}

// Item gives one. It is a step of somebody's operation. Errors: NotFound.
func (v *Vault) Item(tx *sqldb.Tx, name string) (Item, error) {
	i, err := v.read(tx.QueryRow(`SELECT `+columns+` FROM evidence_item WHERE id = $1`, name).Scan)
	if sqldb.NoRows(err) {
		return Item{}, problem.New(problem.NotFound, "there is no such file")
	}
	return i.shown(), err
}

func (v *Vault) read(scan func(...any) error) (i Item, err error) {
	var added, quarantined int64
	var sealed []byte
	if err := scan(&i.ID, &i.About, &i.Parent, &i.address, &i.Size, &quarantined, &added, &sealed); err != nil {
		return i, err
	}
	i.Added, i.Quarantined, i.Erased = sqldb.Time(added), quarantined == 1, i.address == ""
	if i.Erased {
		return i, nil
	}
	key, err := v.sealer.KeyFor(i.ID)
	if err != nil {
		return i, err
	}
	text, err := key.Open("body", sealed)
	if err != nil {
		return i, err
	}
	var b body
	err = json.Unmarshal(text, &b)
	i.Name, i.MediaType, i.SHA256 = b.Name, b.MediaType, b.SHA256
	return i, err
}

// Read notes that somebody takes an item out, and gives a function that opens it once that is committed. Errors: Conflict for what is quarantined or
// erased.
func (v *Vault) Read(tx *sqldb.Tx, now time.Time, i Item, by, reason string) (func() (io.ReadCloser, error), error) {
	switch {
	case i.Quarantined:
		return nil, problem.New(problem.Conflict, "the file is in quarantine: it is given to nobody. Tell the police or the hotline where it was found")
	case i.Erased:
		return nil, problem.New(problem.Conflict, "the file was erased")
	}
	return func() (io.ReadCloser, error) { return v.open(i.address) }, note(tx, now, i.ID, by, Read, reason)
}

// Quarantine shuts away all items of a report.
func (v *Vault) Quarantine(tx *sqldb.Tx, now time.Time, parent, by string) error {
	return v.each(tx, parent, `UPDATE evidence_item SET quarantined = 1 WHERE id = $1 AND quarantined = 0`, func(i Item) error {
		return note(tx, now, i.ID, by, Quarantined, "")
	})
}

// Erase forgets all items of a report, and gives the addresses of files that nothing refers to any more: Remove them after the commit.
func (v *Vault) Erase(tx *sqldb.Tx, now time.Time, parent, by, reason string) (free []string, err error) {
	err = v.each(tx, parent, `UPDATE evidence_item SET address = '', body = substr(body, 1, 0) WHERE id = $1 AND address <> ''`, func(i Item) error {
		used, err := Used(tx, i.address)
		if err != nil {
			return err
		}
		if !used {
			free = append(free, i.address)
		}
		return note(tx, now, i.ID, by, Erased, reason)
	})
	return free, err
}

// Used tells whether an item refers to a stored file.
func Used(tx *sqldb.Tx, address string) (used bool, err error) {
	err = tx.QueryRow(`SELECT CASE WHEN EXISTS (SELECT 1 FROM evidence_item WHERE address = $1 AND address <> '') THEN 1 ELSE 0 END`, address).Scan(&used)
	return used, err
}

// each runs an update for each item of a report, and then do for those that it changed.
func (v *Vault) each(tx *sqldb.Tx, parent, update string, do func(Item) error) error {
	items, err := v.Of(tx, parent)
	if err != nil {
		return err
	}
	for _, i := range items {
		n, err := tx.Exec(update, i.ID)
		if err == nil && n > 0 {
			err = do(i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func note(tx *sqldb.Tx, now time.Time, item, by string, act Act, reason string) error {
	_, err := tx.Exec(`INSERT INTO evidence_custody (id, item, at, actor, act, reason, step)
		SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), count(*) + 1
		FROM evidence_custody WHERE item = CAST($2 AS TEXT)`,
		id.NewAt(now), item, now, by, string(act), reason)
	return err
}

// Chain lists what was done with an item, oldest first.
func Chain(tx *sqldb.Tx, item string) (list []Custody, err error) {
	err = tx.Each(`SELECT at, actor, act, reason FROM evidence_custody WHERE item = $1 ORDER BY step, id`, []any{item}, func(scan func(...any) error) error {
		var c Custody
		var at int64
		err := scan(&at, &c.By, &c.Act, &c.Reason)
		c.At = sqldb.Time(at)
		list = append(list, c)
		return err
	})
	return list, err
}
