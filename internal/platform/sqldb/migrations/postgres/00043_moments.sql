-- +goose Up
-- Since when somebody is aware of an incident, and when it was classified, stands with the incident; what was stated for its clocks tells who said so.
UPDATE incident SET aware = (SELECT max(a.at) FROM obligation_anchor a WHERE a.incident = incident.id AND a.obligation = '' AND a.anchor = 'aware')
  WHERE id IN (SELECT incident FROM obligation_anchor WHERE obligation = '' AND anchor = 'aware');
UPDATE incident SET classified = (SELECT max(a.at) FROM obligation_anchor a WHERE a.incident = incident.id AND a.obligation = '' AND a.anchor = 'classified')
  WHERE id IN (SELECT incident FROM obligation_anchor WHERE obligation = '' AND anchor = 'classified');

-- +goose Down
SELECT 1;
