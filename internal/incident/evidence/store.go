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
	SHA1      string `json:"sha1,omitempty"`
	MD5       string `json:"md5,omitempty"`
	Source    Source `json:"source,omitzero"`
	Malicious bool   `json:"malicious,omitempty"`
}

const maxName = 200 // bytes

// Add notes a stored file as an item, and how it came. It is a step of somebody's operation, which authorises and audits. Errors: Unavailable if the
// file was removed since it was put.
func (v *Vault) Add(tx *sqldb.Tx, now time.Time, by string, s Stored, i Item) (Item, error) {
	return v.AddFor(tx, now, by, "", s, i)
}

// AddFor is Add with the reason for which somebody adds the item.
func (v *Vault) AddFor(tx *sqldb.Tx, now time.Time, by, reason string, s Stored, i Item) (Item, error) {
	i.ID, i.Added, i.Size, i.SHA256, i.SHA1, i.MD5, i.address = id.NewAt(now), now, s.Size, s.SHA256, s.SHA1, s.MD5, s.Address
	i.Name, i.MediaType = Name(i.Name), mediaType(i.MediaType)
	if err := v.uses(tx, now, s.Address); err != nil {
		return Item{}, err
	}
	sealed, err := v.seal(&i)
	if err != nil {
		return Item{}, err
	}
	if _, err := tx.Exec(`INSERT INTO evidence_item (id, about, parent, address, size, quarantined, added, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		i.ID, i.About, i.Parent, s.Address, s.Size, i.Quarantined, now, sealed); err != nil {
		return Item{}, err
	}
	if err := v.findable(tx, &i); err != nil {
		return Item{}, err
	}
	err = note(tx, &i, Custody{At: now, By: by, Act: Received, Reason: reason, content: v.content(&i)})
	return i.shown(), err
}

// seal seals what of an item is sealed.
func (v *Vault) seal(i *Item) ([]byte, error) {
	text, err := json.Marshal(body{i.Name, i.MediaType, i.SHA256, i.SHA1, i.MD5, i.Source, i.Malicious})
	if err != nil {
		return nil, err
	}
	key, err := v.sealer.KeyFor(i.ID)
	if err != nil {
		return nil, err
	}
	return key.Seal("body", text), nil
}

// content is what the first entry of the chain holds of the file: a digest that nobody can look for, nor compare with that of another item.
func (v *Vault) content(i *Item) string { return v.sealer.Digest("custody/"+i.ID, i.SHA256) }

// Mark says that an item is malicious, or that it is not. It is a step of somebody's operation.
func (v *Vault) Mark(tx *sqldb.Tx, now time.Time, i *Item, by string, malicious bool, reason string) error {
	if i.Quarantined || i.Erased {
		return shut(i)
	}
	i.Malicious = malicious
	sealed, err := v.seal(i)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE evidence_item SET body = $2 WHERE id = $1`, i.ID, sealed); err != nil {
		return err
	}
	return note(tx, i, Custody{At: now, By: by, Act: Marked, Reason: reason})
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
		i.SHA256, i.SHA1, i.MD5 = "", "", ""
	}
	return i
}

const columns = `id, about, parent, address, size, quarantined, added, body, step, head`

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
	if err := scan(&i.ID, &i.About, &i.Parent, &i.address, &i.Size, &quarantined, &added, &sealed, &i.Step, &i.Head); err != nil {
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
	i.Name, i.MediaType, i.SHA256, i.SHA1, i.MD5, i.Source, i.Malicious = b.Name, b.MediaType, b.SHA256, b.SHA1, b.MD5, b.Source, b.Malicious
	return i, err
}

// shut says why an item is given to nobody.
func shut(i *Item) error {
	switch {
	case i.Quarantined:
		return problem.New(problem.Conflict, "the file is in quarantine: it is given to nobody. Tell the police or the hotline where it was found")
	case i.Erased:
		return problem.New(problem.Conflict, "the file was erased")
	}
	return nil
}

// Read notes that somebody takes an item out, and gives a function that opens it once that is committed. Errors: Conflict for what is quarantined,
// erased, or malicious: that is exported.
func (v *Vault) Read(tx *sqldb.Tx, now time.Time, i *Item, by, reason string) (func() (io.ReadCloser, error), error) {
	if err := shut(i); err != nil {
		return nil, err
	}
	if i.Malicious {
		return nil, problem.New(problem.Conflict, "the file is marked as malicious: export it, packed with a password or encrypted")
	}
	return func() (io.ReadCloser, error) { return v.open(i.address) }, note(tx, i, Custody{At: now, By: by, Act: Read, Reason: reason})
}

// Quarantine shuts away all items of a report.
func (v *Vault) Quarantine(tx *sqldb.Tx, now time.Time, parent, by string) error {
	return v.each(tx, parent, `UPDATE evidence_item SET quarantined = 1 WHERE id = $1 AND quarantined = 0`, func(i Item) error {
		return note(tx, &i, Custody{At: now, By: by, Act: Quarantined})
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
		return note(tx, &i, Custody{At: now, By: by, Act: Erased, Reason: reason})
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

// mostSame bounds where else the same content is looked for.
const mostSame = 50

// Parents lists the reports and incidents where an item's content lies, each once. Whoever shows them asks who may see which.
func (v *Vault) Parents(tx *sqldb.Tx, i *Item) (list []string, err error) {
	if i.address == "" || i.Quarantined {
		return nil, nil
	}
	return holding(tx, i.address)
}

func holding(tx *sqldb.Tx, address string) (list []string, err error) {
	err = tx.Each(`SELECT DISTINCT parent FROM evidence_item WHERE address = $1 AND quarantined = 0 ORDER BY parent LIMIT $2`, []any{address, mostSame}, func(scan func(...any) error) error {
		var parent string
		err := scan(&parent)
		list = append(list, parent)
		return err
	})
	return list, err
}

// HandOut notes that an item is given to somebody with its chain. Errors: Conflict for what is quarantined or erased.
func (v *Vault) HandOut(tx *sqldb.Tx, i *Item, c Custody) error {
	if err := shut(i); err != nil {
		return err
	}
	c.Act = Exported
	return note(tx, i, c)
}

// HandOver notes that people handed an item to an agency, by whatever way; also one in quarantine, which goes to the police. Errors: Conflict for what is
// erased.
func (v *Vault) HandOver(tx *sqldb.Tx, i *Item, c Custody) error {
	if i.Erased {
		return problem.New(problem.Conflict, "the file was erased: take it off what is handed over")
	}
	c.Act = HandedOver
	return note(tx, i, c)
}
