package app

import (
	"io/fs"
	"os"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident/playbook"
)

// openPlaybooks makes the room of playbooks and tasks. A playbook of the team's that cannot be read ends the start: who needs it at night needs it whole.
func (a *App) openPlaybooks() error {
	var own fs.FS
	if dir := a.Config.Playbooks.Dir; dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return problem.New(problem.Invalid, "playbooks.dir: %q is no folder that can be read", dir)
		}
		own = os.DirFS(dir)
	}
	shelf, err := playbook.NewShelf(own)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "playbooks.dir %s holds what is no playbook", a.Config.Playbooks.Dir)
	}
	a.Playbooks = playbook.New(playbook.Options{DB: a.DB, Clock: a.Clock, Incidents: a.Incidents, Shelf: shelf})
	a.Incidents.Hang(a.Playbooks.Part())
	return nil
}
