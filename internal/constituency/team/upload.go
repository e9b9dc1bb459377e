package team

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The bounds of files that wait to be looked at.
const (
	mostUploads = 20
	keepUpload  = 24 * time.Hour
	mostLines   = 2000 // changes of a difference, and as many things that were left out
)

// Upload is a file of teams that waits until somebody has looked at what it changes.
type Upload struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"` // as the person's machine calls it
	Format  Format    `json:"format,omitempty"`
	Size    int64     `json:"size"`    // bytes
	Approve bool      `json:"approve"` // its networks are approved with it
	Report  Report    `json:"report"`  // at most mostLines of each list
	Tally   Tally     `json:"tally"`   // of the whole lists
	Stamp   string    `json:"stamp"`
	By      string    `json:"by"` // name of who brought it
	At      time.Time `json:"at"`
	Applied time.Time `json:"applied,omitzero"`
}

// Tally counts a difference: changes by "add contact" and so on.
type Tally struct {
	Changes  map[string]int `json:"changes"`
	All      int            `json:"all"`
	Rejected int            `json:"rejected"`
	Left     int            `json:"left"`
}

// MaxUpload bounds a file of teams, in bytes.
const MaxUpload = maxFile

// Upload takes a file in and shows what it would change; nothing is changed before Apply. The file is kept for a day. Errors: Invalid if nothing
// of it can be read; Unavailable if too many files wait.
func (s *Service) Upload(ctx context.Context, actor identity.Actor, file io.Reader, o ImportOptions) (u Upload, err error) {
	if err := actor.Authorise(OpImport, o.Name); err != nil {
		return u, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return u, problem.Wrap(problem.Unavailable, err, "read %s", clip(o.Name))
	}
	if o.Name, err = cleanLine("name of the file", clip(o.Name), maxLine); err != nil {
		return u, err
	}
	u = Upload{Name: o.Name, Format: o.Format, Size: int64(len(data)), Approve: o.Approve, By: actor.Name}
	if err := s.preview(ctx, actor, &u, data); err != nil {
		return u, err
	}
	body, err := packed(data)
	if err != nil {
		return u, err
	}
	err = s.write(ctx, actor, OpImport, "directory", func(tx *sqldb.Tx, now time.Time) error {
		u.ID, u.At = id.NewAt(now), now
		if err := room(tx, now); err != nil {
			return err
		}
		if err := insertUpload(tx, u, body, actor.ID); err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		return actor.Audit(tx, now, OpImport, "directory", nil, map[string]any{"upload": u.ID, "file": u.Name, "sha256": hex.EncodeToString(sum[:]), "changes": u.Tally.All})
	})
	return u, err
}

// preview fills in what a file would change.
func (s *Service) preview(ctx context.Context, actor identity.Actor, u *Upload, data []byte) error {
	rep, err := s.Import(ctx, actor, bytes.NewReader(data), ImportOptions{Name: u.Name, Format: u.Format, Approve: u.Approve, DryRun: true})
	if err != nil {
		return err
	}
	u.Tally, u.Stamp = tally(rep), rep.Stamp
	rep.Changes, rep.Rejected, rep.Left = rep.Changes[:min(len(rep.Changes), mostLines)], rep.Rejected[:min(len(rep.Rejected), mostLines)], rep.Left[:min(len(rep.Left), mostLines)]
	u.Report = rep
	return nil
}

func tally(rep Report) Tally {
	t := Tally{Changes: map[string]int{}, All: len(rep.Changes), Rejected: len(rep.Rejected), Left: len(rep.Left)}
	for _, d := range rep.Changes {
		t.Changes[d.Op+" "+d.What]++
	}
	return t
}

// room drops old files, and refuses one too many.
func room(tx *sqldb.Tx, now time.Time) error {
	if _, err := tx.Exec(`DELETE FROM team_upload WHERE made < $1`, now.Add(-keepUpload)); err != nil {
		return err
	}
	var waiting int
	if err := tx.QueryRow(`SELECT count(*) FROM team_upload WHERE applied = 0`).Scan(&waiting); err != nil {
		return err
	}
	if waiting >= mostUploads {
		return problem.New(problem.Unavailable, "%d files wait already: take them over, or discard some", waiting)
	}
	return nil
}

// GetUpload reads a file that waits, or was taken over, and what it changes. Errors: NotFound if there is none, or not any more.
func (s *Service) GetUpload(ctx context.Context, actor identity.Actor, upload string) (u Upload, err error) {
	if err := actor.Authorise(OpImport, upload); err != nil {
		return u, err
	}
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		u, err = uploadIn(tx, upload, s.Clock.Now())
		return err
	})
	return u, err
}

// Uploads lists the files that wait, the newest first.
func (s *Service) Uploads(ctx context.Context, actor identity.Actor) (list []Upload, err error) {
	if err := actor.Authorise(OpImport, "directory"); err != nil {
		return nil, err
	}
	since := s.Clock.Now().Add(-keepUpload)
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT `+uploadColumns+` FROM team_upload WHERE applied = 0 AND made >= $1 ORDER BY made DESC, id DESC LIMIT `+strconv.Itoa(mostUploads), []any{since},
			func(scan func(...any) error) error {
				u, err := scanUpload(scan)
				list = append(list, u)
				return err
			})
	})
	return list, err
}

// Apply changes the directory exactly as the file's difference says. Errors: NotFound; Conflict if the directory changed since, or if the file was
// taken over: then Again shows the difference anew.
func (s *Service) Apply(ctx context.Context, actor identity.Actor, upload string) (u Upload, err error) {
	u, data, err := s.waiting(ctx, actor, upload)
	if err != nil {
		return u, err
	}
	_, err = s.Import(ctx, actor, bytes.NewReader(data), ImportOptions{Name: u.Name, Format: u.Format, Approve: u.Approve, Stamp: u.Stamp, also: func(tx *sqldb.Tx) error {
		u.Applied = s.Clock.Now()
		return applied(tx, u)
	}})
	return u, err
}

// Again makes the difference of a file anew, after the directory changed. Errors: NotFound; Conflict if the file was taken over.
func (s *Service) Again(ctx context.Context, actor identity.Actor, upload string) (u Upload, err error) {
	u, data, err := s.waiting(ctx, actor, upload)
	if err != nil {
		return u, err
	}
	if err := s.preview(ctx, actor, &u, data); err != nil {
		return u, err
	}
	err = s.write(ctx, actor, OpImport, upload, func(tx *sqldb.Tx, now time.Time) error {
		if err := again(tx, u); err != nil {
			return err
		}
		return actor.Audit(tx, now, OpImport, "directory", nil, map[string]any{"upload": u.ID, "changes": u.Tally.All})
	})
	return u, err
}

// Discard forgets a file. Errors: NotFound.
func (s *Service) Discard(ctx context.Context, actor identity.Actor, upload string) error {
	return s.write(ctx, actor, OpImport, upload, func(tx *sqldb.Tx, now time.Time) error {
		n, err := tx.Exec(`DELETE FROM team_upload WHERE id = $1`, upload)
		if err == nil && n == 0 {
			err = noUpload(upload)
		}
		if err != nil {
			return err
		}
		return actor.Audit(tx, now, OpImport, "directory", nil, map[string]any{"upload": upload, "discarded": true})
	})
}

// waiting reads a file that was not taken over, with what is in it.
func (s *Service) waiting(ctx context.Context, actor identity.Actor, upload string) (u Upload, data []byte, err error) {
	if err := actor.Authorise(OpImport, upload); err != nil {
		return u, nil, err
	}
	var body []byte
	err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if u, err = uploadIn(tx, upload, s.Clock.Now()); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT body FROM team_upload WHERE id = $1`, upload).Scan(&body)
	})
	if err == nil && !u.Applied.IsZero() {
		err = errApplied
	}
	if err != nil {
		return u, nil, err
	}
	data, err = unpacked(body)
	return u, data, err
}

var errApplied = problem.New(problem.Conflict, "this file was taken over already")

func noUpload(upload string) error {
	return problem.New(problem.NotFound, "no file %s waits: it is forgotten after a day; bring it again", clip(upload))
}

const uploadColumns = `id, name, format, size, approve, report, stamp, maker, made, applied`

// kept is what of a difference is stored.
type kept struct {
	Report Report `json:"report"`
	Tally  Tally  `json:"tally"`
}

func scanUpload(scan func(...any) error) (u Upload, err error) {
	var report string
	var made, applied int64
	if err := scan(&u.ID, &u.Name, &u.Format, &u.Size, &u.Approve, &report, &u.Stamp, &u.By, &made, &applied); err != nil {
		return u, err
	}
	u.At, u.Applied = sqldb.Time(made), sqldb.Time(applied)
	var k kept
	err = json.Unmarshal([]byte(report), &k)
	u.Report, u.Tally = k.Report, k.Tally
	return u, err
}

func uploadIn(tx *sqldb.Tx, upload string, now time.Time) (Upload, error) {
	u, err := scanUpload(tx.QueryRow(`SELECT `+uploadColumns+` FROM team_upload WHERE id = $1 AND made >= $2`, upload, now.Add(-keepUpload)).Scan)
	if sqldb.NoRows(err) {
		err = noUpload(upload)
	}
	return u, err
}

func insertUpload(tx *sqldb.Tx, u Upload, body []byte, by string) error {
	report, err := json.Marshal(kept{u.Report, u.Tally})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO team_upload (id, name, format, body, size, approve, report, stamp, made_by, maker, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		u.ID, u.Name, string(u.Format), body, u.Size, u.Approve, string(report), u.Stamp, by, u.By, u.At)
	return err
}

// applied notes that a file was taken over, and drops what was in it. Errors: Conflict if it was already.
func applied(tx *sqldb.Tx, u Upload) error {
	n, err := tx.Exec(`UPDATE team_upload SET applied = $2, body = $3 WHERE id = $1 AND applied = 0`, u.ID, u.Applied, []byte{})
	if err == nil && n == 0 {
		err = errApplied
	}
	return err
}

func again(tx *sqldb.Tx, u Upload) error {
	report, err := json.Marshal(kept{u.Report, u.Tally})
	if err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE team_upload SET report = $2, stamp = $3 WHERE id = $1 AND applied = 0`, u.ID, string(report), u.Stamp)
	if err == nil && n == 0 {
		err = errApplied
	}
	return err
}

func packed(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(data)
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

func unpacked(body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, maxFile+1))
}
