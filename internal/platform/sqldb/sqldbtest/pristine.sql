-- What a template has beside the migrated tables, so that a copy of it can be used again and again: making a database takes most of a second, emptying
-- one some hundredths. The schema holds the rows that the migrations wrote.
CREATE SCHEMA pristine;

DO $$
DECLARE
  t text;
  filled boolean;
BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', t, t);
    END IF;
  END LOOP;
END $$;

-- shape is a fingerprint of all columns, indexes, constraints and triggers: a test that changed one has used its database up.
CREATE FUNCTION pristine.shape() RETURNS text LANGUAGE sql AS $$
  SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
    SELECT 'column ' || c.relname || ' ' || c.relkind::text || ' ' || coalesce(a.attname, '') || ' ' || coalesce(a.atttypid::text, '') || ' ' || coalesce(a.attnotnull::text, '') AS line
      FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'constraint ' || conname || ' ' || contype::text || ' ' || convalidated::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || c.relname || ' ' || t.tgname || ' ' || t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
  ) AS lines
$$;

CREATE TABLE pristine."the shape" AS SELECT pristine.shape() AS is;

CREATE TABLE pristine."the sequences" AS
  SELECT sequencename AS name, coalesce(last_value, start_value) AS value, last_value IS NOT NULL AS used FROM pg_sequences WHERE schemaname = 'public';

-- reset empties what is not empty and puts the rows of the migrations back. False: the shape has changed.
CREATE FUNCTION pristine.reset() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  t record;
  filled boolean;
BEGIN
  IF pristine.shape() <> (SELECT s.is FROM pristine."the shape" s) THEN
    RETURN false;
  END IF;
  PERFORM set_config('session_replication_role', 'replica', true); -- foreign keys and triggers rest
  FOR t IN SELECT p.tablename AS name, to_regclass(format('pristine.%I', p.tablename)) IS NOT NULL AS seeded FROM pg_tables p WHERE p.schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t.name) INTO filled;
    IF filled THEN
      EXECUTE format('DELETE FROM public.%I', t.name);
    END IF;
    IF t.seeded THEN
      EXECUTE format('INSERT INTO public.%I SELECT * FROM pristine.%I', t.name, t.name);
    END IF;
  END LOOP;
  PERFORM setval(format('public.%I', s.name)::regclass, s.value, s.used) FROM pristine."the sequences" s;
  RETURN true;
END $$;
