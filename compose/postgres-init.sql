-- The image of PostgreSQL runs this once, as the superuser, when it creates its data. The role of the server owns one
-- database and can do nothing outside of it.
\set ON_ERROR_STOP on
\getenv password DATABASE_PASSWORD
CREATE ROLE tradepost LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE tradepost OWNER tradepost;
REVOKE ALL ON DATABASE tradepost FROM PUBLIC;
