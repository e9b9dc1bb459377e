package incident

import (
	"context"
	"fmt"
	"io"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
)

// How many files are marked, and given out in one archive, at a time.
const (
	MaxMarked   = 200
	MaxExported = 50
)

// MarkSeveral is MarkEvidence for several items, each for itself: see Severally. Errors: Invalid.
func (s *Service) MarkSeveral(ctx context.Context, actor identity.Actor, names []string, malicious bool, why string) (Moved, error) {
	if err := actor.Authorise(OpEvidenceAdd, ""); err != nil {
		return Moved{}, err
	}
	if _, err := reason(why); err != nil {
		return Moved{}, err
	}
	return Severally(names, MaxMarked, func(name string) error { return s.MarkEvidence(ctx, actor, name, malicious, why) })
}

// ExportSeveral is ExportEvidence for several items in one archive: each is decided on, searched and put on record for itself, and has a folder of its own with
// its chain; see Severally for those that may not leave, of which the archive says nothing. write is nil if none may. Errors: Invalid.
func (s *Service) ExportSeveral(ctx context.Context, actor identity.Actor, names []string, h Handing) (out Moved, filename string, write func(io.Writer) error, err error) {
	if err := actor.Authorise(OpEvidenceExport, ""); err != nil {
		return out, "", nil, err
	}
	if _, err := s.checkHanding(&h); err != nil {
		return out, "", nil, err
	}
	var items []*evidence.Export
	out, err = Severally(names, MaxExported, func(name string) error {
		e, err := s.export(ctx, actor, name, h)
		if err == nil {
			items = append(items, e)
		}
		return err
	})
	if err != nil || len(items) == 0 {
		return out, "", nil, err
	}
	filename = fmt.Sprintf("evidence-%d-files-%s.tar", len(items), items[0].At.Format("20060102T150405Z"))
	if items[0].Recipient != nil {
		filename += ".age"
	}
	return out, filename, func(w io.Writer) error { return s.vault.Write(w, items...) }, nil
}

// NoneLeaves says that nothing of what was to be given out may be, and why the first may not. Errors: none is nil.
func NoneLeaves(m Moved) error {
	if len(m.Unmoved) == 0 {
		return nil
	}
	if first := m.Unmoved[0]; first.Err != nil {
		return problem.Wrap(problem.Conflict, first.Err, "none of %d files is given out", len(m.Unmoved))
	}
	return problem.New(problem.NotFound, "there are no such files")
}
