-- Hole: the worker's function was created again and is executable by everyone, as every new function is.
grant execute on function public.claim_job(text, text) to public;
