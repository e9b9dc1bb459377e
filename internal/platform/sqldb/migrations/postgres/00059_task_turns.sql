-- +goose Up
-- The lists of tasks and of actions in the order in which they are read: by when they are due, what has no day last. undone holds all that counting asks for.
DROP INDEX incident_task_undone;
DROP INDEX incident_task_assignee;
DROP INDEX lesson_action_open;
CREATE INDEX incident_task_turn ON incident_task ((CASE WHEN due = 0 THEN CAST(4611686018427387904 AS BIGINT) ELSE due END), id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_turn_of ON incident_task (assignee, (CASE WHEN due = 0 THEN CAST(4611686018427387904 AS BIGINT) ELSE due END), id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_turn_all ON incident_task ((CASE WHEN due = 0 THEN CAST(4611686018427387904 AS BIGINT) ELSE due END), id);
CREATE INDEX incident_task_changed ON incident_task (changed, id);
CREATE INDEX incident_task_undone ON incident_task (due, assignee, incident) WHERE state IN ('open', 'doing');
CREATE INDEX lesson_action_turn ON lesson_action ((CASE due WHEN 0 THEN 9223372036854775807 ELSE due END), id) WHERE state = 'open';

-- +goose Down
DROP INDEX lesson_action_turn;
DROP INDEX incident_task_undone;
DROP INDEX incident_task_changed;
DROP INDEX incident_task_turn_all;
DROP INDEX incident_task_turn_of;
DROP INDEX incident_task_turn;
CREATE INDEX lesson_action_open ON lesson_action (due, id) WHERE state = 'open';
CREATE INDEX incident_task_assignee ON incident_task (assignee, due, id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_undone ON incident_task (due, id) WHERE state IN ('open', 'doing');
